using System.Collections;
using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Cortex.Cli.LocalMachine;

/// <summary>The POSIX calls that .NET lacks: <c>kill</c> with SIGTERM, and <c>execve</c>.</summary>
internal static class PosixCalls
{
    private const int SigTerm = 15;
    private const int SigKill = 9;

    public static void Terminate(int pid) => Send(pid, SigTerm);

    public static void Kill(int pid) => Send(pid, SigKill);

    /// <summary>
    /// Replaces this process by the program, so that the terminal, signals and the exit code are the program's
    /// (https://man7.org/linux/man-pages/man2/execve.2.html).
    /// </summary>
    /// <param name="without">Environment variables that the program does not get.</param>
    /// <exception cref="Win32Exception">The program could not be started; otherwise this does not return.</exception>
    public static void Exec(string path, IReadOnlyList<string> arguments, params string[] without)
    {
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Where(variable => !without.Contains((string)variable.Key)).Select(variable => $"{variable.Key}={variable.Value}");
        System.Console.Out.Flush();
        System.Console.Error.Flush();
        _ = execve(path, [path, .. arguments, null], [.. environment, null]);
        throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    /// <summary>An error is ignored: a process that has already ended needs no signal.</summary>
    private static void Send(int pid, int signal) => _ = kill(pid, signal);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int pid, int signal);

    // LPStr is UTF-8: the program is built for Linux only.
    [DllImport("libc", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int execve(
        [MarshalAs(UnmanagedType.LPStr)] string path,
        [MarshalAs(UnmanagedType.LPArray, ArraySubType = UnmanagedType.LPStr)] string?[] arguments,
        [MarshalAs(UnmanagedType.LPArray, ArraySubType = UnmanagedType.LPStr)] string?[] environment);
}
