using Cortex.Operator.LocalState;

namespace Cortex.Cli.LocalMachine;

/// <summary>Whether a process is the operator of a state directory. A pid file proves nothing: the number may be another's by now.</summary>
internal static class OperatorProof
{
    public static bool Of(int pid, string stateDirectory)
    {
        try
        {
            return Holds(File.ReadAllText($"/proc/{pid}/cmdline"), File.ReadAllText($"/proc/{pid}/environ"), stateDirectory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <param name="commandLine">Of /proc: words, each ended by a zero. Empty for a zombie.</param>
    /// <param name="environment">Of /proc: NAME=VALUE, each ended by a zero.</param>
    public static bool Holds(string commandLine, string environment, string stateDirectory)
    {
        var words = commandLine.Split('\0', StringSplitOptions.RemoveEmptyEntries);
        return words.Any(word => Path.GetFileName(word) is "cortex" or "cortex.dll")
            && words.Contains("run")
            && environment.Split('\0').Contains($"{StateDirectory.Variable}={stateDirectory}");
    }
}
