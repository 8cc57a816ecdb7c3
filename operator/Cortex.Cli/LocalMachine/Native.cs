using System.Collections;
using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Cortex.Cli.LocalMachine;

/// <summary>The two calls of POSIX that .NET does not have: a polite signal, and becoming another program.</summary>
internal static class Native
{
    private const int SigTerm = 15;
    private const int SigKill = 9;

    public static void Terminate(int pid) => Kill(pid, SigTerm);

    public static void KillAtOnce(int pid) => Kill(pid, SigKill);

    /// <summary>
    /// Becomes the program, so that the terminal, signals and the exit code are its own (https://man7.org/linux/man-pages/man2/execve.2.html).
    /// </summary>
    /// <param name="without">Environment variables that it does not get.</param>
    /// <exception cref="Win32Exception">The program could not be started; otherwise this does not return.</exception>
    public static void Become(string path, IReadOnlyList<string> arguments, params string[] without)
    {
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Where(one => !without.Contains((string)one.Key)).Select(one => $"{one.Key}={one.Value}");
        System.Console.Out.Flush();
        System.Console.Error.Flush();
        _ = execve(path, [path, .. arguments, null], [.. environment, null]);
        throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    /// <summary>A process that is gone already is as dead as was asked for.</summary>
    private static void Kill(int pid, int signal) => _ = kill(pid, signal);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int pid, int signal);

    // LPStr is UTF-8 here: the program is built for Linux alone.
    [DllImport("libc", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int execve(
        [MarshalAs(UnmanagedType.LPStr)] string path,
        [MarshalAs(UnmanagedType.LPArray, ArraySubType = UnmanagedType.LPStr)] string?[] arguments,
        [MarshalAs(UnmanagedType.LPArray, ArraySubType = UnmanagedType.LPStr)] string?[] environment);
}
