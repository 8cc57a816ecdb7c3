using System.Diagnostics;

namespace Cortex.Testing;

/// <summary>What a program came to.</summary>
public sealed record ToolResult(string Command, int ExitCode, string Output, string Errors)
{
    public bool Succeeded => ExitCode == 0;

    /// <summary>Its output and its errors.</summary>
    public string Said => Output + Errors;

    /// <summary>Its output without the last line's end; fails the test when the program failed.</summary>
    public string Text() => Demand().Output.TrimEnd('\n');

    /// <summary>The same result; fails the test when the program failed.</summary>
    public ToolResult Demand()
    {
        Assert.True(Succeeded, $"{Command}\nended with {ExitCode}:\n{Said}");
        return this;
    }
}

/// <summary>Real programs, run as a user would.</summary>
public static class Tool
{
    private static readonly TimeSpan ProgramTimeout = TimeSpan.FromMinutes(5);

    /// <summary>Runs a program to its end. A null value takes a variable out of the environment.</summary>
    /// <param name="folder">Where it runs; null for where this process does.</param>
    public static async Task<ToolResult> RunAsync(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string?>? environment = null,
        string? input = null,
        string? folder = null)
    {
        using var process = new Process { StartInfo = Describe(program, arguments, environment, folder) };
        process.Start();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(ProgramTimeout);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(limit.Token);
            var command = $"{program} {string.Join(' ', process.StartInfo.ArgumentList)}";
            return new ToolResult(command, process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>How to start a program whose streams are ours.</summary>
    public static ProcessStartInfo Describe(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, string? folder = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        return start;
    }

    /// <summary>The file of a program on PATH; null where it is missing.</summary>
    public static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(':', StringSplitOptions.RemoveEmptyEntries).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
