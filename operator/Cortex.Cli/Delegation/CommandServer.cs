using System.Net.Sockets;
using Cortex.Operator.LocalState;
using Microsoft.Extensions.Logging;

namespace Cortex.Cli.Delegation;

/// <summary>
/// Executes commands for other processes of this account, in the running operator (ADR 28). The socket is in the private state directory.
/// A command that fails here in an unexpected way gets no answer, and runs in its own process.
/// </summary>
/// <param name="execute">Executes a command line, writes to the answer, and returns the exit code.</param>
internal sealed partial class CommandServer(
    StateDirectory state, Func<CommandRequest, CommandAnswer, CancellationToken, Task<int>> execute, ILogger logger)
{
    public const byte Accepted = (byte)'+';

    /// <summary>Further commands run in their own processes.</summary>
    private const int MaxCommands = 8;

    private const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(60);

    private int executing;

    /// <summary>Serves until it is stopped. This process must be the only operator of the state directory.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            Listen(listener);
            await AcceptAsync(listener, stop);
        }
        catch (Exception cause) when (cause is SocketException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            // For example, the path has more than 107 bytes (https://man7.org/linux/man-pages/man7/unix.7.html).
            NotListening(logger, cause.Message);
            await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            File.Delete(state.CommandSocket);
        }
    }

    private void Listen(Socket listener)
    {
        File.Delete(state.CommandSocket);
        listener.Bind(new UnixDomainSocketEndPoint(state.CommandSocket));
        File.SetUnixFileMode(state.CommandSocket, PrivateFile);
        listener.Listen();
    }

    private async Task AcceptAsync(Socket listener, CancellationToken stop)
    {
        List<Task> running = [];
        try
        {
            while (true)
            {
                var caller = await listener.AcceptAsync(stop);
                running.RemoveAll(task => task.IsCompleted);
                running.Add(Task.Run(() => ServeAsync(caller, stop), CancellationToken.None));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(running);
        }
    }

    private async Task ServeAsync(Socket caller, CancellationToken stop)
    {
        using var owned = caller;
        try
        {
            if (Interlocked.Increment(ref executing) > MaxCommands)
            {
                return;
            }

            using var ends = CancellationTokenSource.CreateLinkedTokenSource(stop);
            ends.CancelAfter(RequestTimeout);
            if (await ReadAsync(caller, ends.Token) is not { } request || request.Build != CommandRequest.ThisBuild)
            {
                return;
            }

            await caller.SendAsync(new[] { Accepted }, ends.Token);
            ends.CancelAfter(CommandTimeout);
            var gone = EndWithCallerAsync(caller, ends);
            var answer = new CommandAnswer();
            var code = await execute(request, answer, ends.Token);
            if (!ends.IsCancellationRequested)
            {
                await SendAsync(caller, answer.Encode(code), ends.Token);
            }

            await ends.CancelAsync();
            await gone;
        }
        catch (Exception cause)
        {
            // The caller runs the command itself.
            NotExecuted(logger, cause.Message);
        }
        finally
        {
            Interlocked.Decrement(ref executing);
        }
    }

    private static async Task<CommandRequest?> ReadAsync(Socket caller, CancellationToken ct)
    {
        var length = new byte[sizeof(int)];
        if (!await ReceiveAsync(caller, length, ct) || BitConverter.ToInt32(length) is < 0 or > CommandRequest.MaxBytes)
        {
            return null;
        }

        var fields = new byte[BitConverter.ToInt32(length)];
        return await ReceiveAsync(caller, fields, ct) ? CommandRequest.Decode(fields) : null;
    }

    private static async Task<bool> ReceiveAsync(Socket caller, Memory<byte> whole, CancellationToken ct)
    {
        while (whole.Length > 0)
        {
            var count = await caller.ReceiveAsync(whole, ct);
            if (count == 0)
            {
                return false;
            }

            whole = whole[count..];
        }

        return true;
    }

    private static async Task SendAsync(Socket caller, ReadOnlyMemory<byte> rest, CancellationToken ct)
    {
        while (rest.Length > 0)
        {
            rest = rest[await caller.SendAsync(rest, ct)..];
        }
    }

    /// <summary>A caller sends nothing more: what can be received is its end, after Ctrl-C for example.</summary>
    private static async Task EndWithCallerAsync(Socket caller, CancellationTokenSource command)
    {
        try
        {
            await caller.ReceiveAsync(new byte[1], command.Token);
            await command.CancelAsync();
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    [LoggerMessage(1, LogLevel.Information, "commands run in their own processes, which takes longer: {Why}")]
    private static partial void NotListening(ILogger logger, string why);

    [LoggerMessage(2, LogLevel.Debug, "a command was left to its own process: {Why}")]
    private static partial void NotExecuted(ILogger logger, string why);
}
