using Cortex.Operator.LocalState;

namespace Cortex.Cli.LocalMachine;

/// <summary>
/// Whether a process is the operator of a state directory. The pid file alone is no proof: another process may have its number now.
/// </summary>
internal static class OperatorProcessCheck
{
    public static bool IsOperator(int pid, string stateDirectory)
    {
        try
        {
            return Matches(File.ReadAllText($"/proc/{pid}/cmdline"), File.ReadAllText($"/proc/{pid}/environ"), stateDirectory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <param name="commandLine">From /proc: words, each with a final zero. Empty for a zombie.</param>
    /// <param name="environment">From /proc: NAME=VALUE, each with a final zero.</param>
    public static bool Matches(string commandLine, string environment, string stateDirectory)
    {
        var words = commandLine.Split('\0', StringSplitOptions.RemoveEmptyEntries);
        return words.Any(word => Path.GetFileName(word) is "cortex" or "cortex.dll")
            && words.Contains("run")
            && environment.Split('\0').Contains($"{StateDirectory.Variable}={stateDirectory}");
    }
}
