using System.Net.Sockets;
using System.Text;
using Cortex.Cli.Commands;
using Cortex.Cli.Delegation;
using Cortex.Cli.Outcomes;
using Cortex.Operator.LocalState;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cortex.Cli.Tests.Delegation;

/// <summary>A command that the running operator executes answers as one in its own process does.</summary>
public sealed class DelegationTests
{
    [Theory]
    [InlineData("status")]
    [InlineData("status", "-o", "json")]
    [InlineData("status", "no-such-cluster")]
    [InlineData("status", "--no-such-option")]
    [InlineData("kubeconfig")]
    [InlineData("kubeconfig", "--content", "--path")]
    [InlineData("plan", "-f", "edited.yaml")]
    [InlineData("plan", "-f", "missing.yaml")]
    [InlineData("apply", "-f", ".")]
    public async Task The_operator_prints_and_returns_what_a_process_of_its_own_does(params string[] command)
    {
        await using var cortex = new CommandRunner();
        await cortex.ServeAsync();
        await cortex.RunAsync("apply", "-f", cortex.File("cortex.yaml", Samples.Yaml));
        cortex.File("edited.yaml", Samples.Yaml.Replace("2", "3", StringComparison.Ordinal));
        var folder = Path.GetDirectoryName(cortex.Context.State.Path)!;
        await using var server = Running(cortex.Context.State);

        var own = await cortex.RunAsync(cortex.Context with { Directory = folder }, TestContext.Current.CancellationToken, command);
        var (code, output, error) = await DelegateAsync(cortex.Context.State, Request(folder, command));

        Assert.Equal((own, cortex.Output, cortex.Error), (code, output, error));
    }

    [Fact]
    public async Task Without_a_running_operator_the_command_runs_in_its_own_process()
    {
        await using var cortex = new CommandRunner();
        cortex.Context.State.Create();

        Assert.Equal((null, "", ""), await DelegateAsync(cortex.Context.State, Request("/", "status")));
        await File.WriteAllTextAsync(
            cortex.Context.State.CommandSocket, "left by a process that was killed", TestContext.Current.CancellationToken);
        Assert.Equal((null, "", ""), await DelegateAsync(cortex.Context.State, Request("/", "status")));
    }

    [Fact]
    public async Task An_operator_of_another_build_executes_nothing()
    {
        await using var cortex = new CommandRunner();
        await cortex.ServeAsync();
        await using var server = Running(cortex.Context.State);

        var request = Request("/", "status") with { Build = "/elsewhere/" };
        Assert.Equal((null, "", ""), await DelegateAsync(cortex.Context.State, request));
    }

    [Fact]
    public async Task A_command_that_fails_unexpectedly_in_the_operator_runs_in_its_own_process()
    {
        await using var cortex = new CommandRunner();
        await using var server = Running(cortex.Context.State, (_, answer, _) =>
        {
            answer.Output.WriteLine("half of the result");
            throw new InvalidOperationException("a defect");
        });

        Assert.Equal((null, "", ""), await DelegateAsync(cortex.Context.State, Request("/", "status")));
    }

    [Fact]
    public async Task A_command_ends_when_its_caller_has_ended()
    {
        await using var cortex = new CommandRunner();
        var ended = new TaskCompletionSource();
        await using var server = Running(cortex.Context.State, async (_, _, ct) =>
        {
            await Task.Delay(Timeout.Infinite, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ended.SetResult();
            return 0;
        });

        using (var caller = Connect(cortex.Context.State))
        {
            caller.Send(Request("/", "status").Encode());
            Assert.Equal(1, caller.Receive(new byte[1]));
        }

        await ended.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task What_is_not_a_request_gets_no_answer_and_the_next_command_does()
    {
        await using var cortex = new CommandRunner();
        await cortex.ServeAsync();
        await using var server = Running(cortex.Context.State);
        byte[][] hostile =
        [
            [], [1], [255, 255, 255, 127], [0, 0, 0, 128], [0, 0, 0, 0], [3, 0, 0, 0, 0, 255, 0],
            "GET / HTTP/1.1\r\n\r\n"u8.ToArray(),
        ];

        foreach (var bytes in hostile)
        {
            using var caller = Connect(cortex.Context.State);
            caller.Send(bytes);
            caller.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, Receive(caller));
        }

        Assert.Equal(ExitCodes.Done, (await DelegateAsync(cortex.Context.State, Request("/", "kubeconfig"))).Code);
    }

    [Fact]
    public async Task The_socket_is_private_and_goes_with_the_operator()
    {
        await using var cortex = new CommandRunner();
        await using (Running(cortex.Context.State))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(cortex.Context.State.CommandSocket));
        }

        Assert.False(File.Exists(cortex.Context.State.CommandSocket));
    }

    [Fact]
    public async Task A_state_directory_whose_path_is_too_long_for_a_socket_delays_nothing()
    {
        await using var cortex = new CommandRunner();
        var state = new StateDirectory(Path.Combine(cortex.Context.State.Path, new string('x', 100)));
        state.Create();
        using var stop = new CancellationTokenSource();
        var running = new CommandServer(state, (_, _, _) => Task.FromResult(0), NullLogger.Instance).RunAsync(stop.Token);

        Assert.False(running.IsCompleted);
        Assert.Equal((null, "", ""), await DelegateAsync(state, Request("/", "status")));
        await stop.CancelAsync();
        await running;
    }

    [Theory]
    [InlineData(true, "status")]
    [InlineData(true, "status", "cortex", "-n", "default")]
    [InlineData(true, "plan", "-f", "my.yaml")]
    [InlineData(false)]
    [InlineData(false, "promote", "cortex-s1")]
    [InlineData(false, "down", "--volumes")]
    [InlineData(false, "status", "--kubeconfig", "other")]
    [InlineData(false, "status", "--kubeconfig=other")]
    [InlineData(false, "plan", "-f", "-")]
    [InlineData(false, "plan", "-f-")]
    [InlineData(false, "plan", "--filename=-")]
    [InlineData(false, "plan", "@response-file")]
    public void Only_commands_that_ask_the_embedded_API_and_read_no_input_are_delegated(bool expected, params string[] command) =>
        Assert.Equal(expected, CommandClient.IsDelegated(command));

    [Fact]
    public void An_answer_that_was_cut_off_prints_nothing()
    {
        var answer = new CommandAnswer();
        answer.Output.WriteLine("first");
        answer.Error.Write("second, ");
        answer.Output.Write('ü');
        var whole = answer.Encode(3);

        for (var length = 0; length < whole.Length; length++)
        {
            using var output = new MemoryStream();
            Assert.Null(CommandAnswer.Replay(whole.AsSpan(0, length), output, output));
            Assert.Equal(0, output.Length);
        }

        using var all = new MemoryStream();
        Assert.Equal(3, CommandAnswer.Replay(whole, all, all));
        Assert.Equal("first\nsecond, ü", Encoding.UTF8.GetString(all.ToArray()));
    }

    private static CommandRequest Request(string directory, params string[] command) =>
        new(CommandRequest.ThisBuild, directory, Path.Combine(directory, "cortex"), "", Live: false, Colour: false, command);

    private static async Task<(int? Code, string Output, string Error)> DelegateAsync(StateDirectory state, CommandRequest request)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        var answer = await Task.Run(() => CommandClient.Ask(state.CommandSocket, request), TestContext.Current.CancellationToken);
        var code = answer is null ? null : CommandAnswer.Replay(answer, output, error);
        return (code, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }

    private static Socket Connect(StateDirectory state)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 30_000 };
        socket.Connect(new UnixDomainSocketEndPoint(state.CommandSocket));
        return socket;
    }

    private static int Receive(Socket caller)
    {
        try
        {
            return caller.Receive(new byte[1]);
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            return 0;
        }
    }

    private static RunningServer Running(
        StateDirectory state, Func<CommandRequest, CommandAnswer, CancellationToken, Task<int>>? execute = null) =>
        new(state, execute ?? ((request, answer, ct) =>
        {
            var context = CommandContext.OfRequest(request, answer, state);
            return CommandLine.RunAsync(CommandList.Root(context), request.Arguments, context, ct);
        }));

    private sealed class RunningServer : IAsyncDisposable
    {
        private readonly CancellationTokenSource stop = new();
        private readonly Task serving;

        public RunningServer(StateDirectory state, Func<CommandRequest, CommandAnswer, CancellationToken, Task<int>> execute)
        {
            state.Create();
            serving = new CommandServer(state, execute, NullLogger.Instance).RunAsync(stop.Token);
        }

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await serving;
            stop.Dispose();
        }
    }
}
