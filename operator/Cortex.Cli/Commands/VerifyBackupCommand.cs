using System.CommandLine;
using System.Globalization;
using Cortex.Cli.Api;
using Cortex.Cli.Console;
using Cortex.Cli.Outcomes;
using Cortex.Cli.Parsing;
using Cortex.Cli.Progress;
using Cortex.Core.Api;

namespace Cortex.Cli.Commands;

/// <summary><c>cortex verify-backup [NAME]</c>: asks for a restore test of the newest backup, and follows it until it has ended.</summary>
internal static class VerifyBackupCommand
{
    public static Command Create(CommandContext context)
    {
        var options = new SharedOptions();
        var name = new Argument<string?>("NAME")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "The cluster; needed only if there are several clusters.",
        };
        var noWait = new Option<bool>("--no-wait") { Description = "Do not wait until it has ended." };
        var command = new ExampledCommand(
            "verify-backup",
            "Restores the newest backup of a cluster into a volume of its own, starts it without a network, checks it and removes it; "
                + "the same as a new value of the annotation cortex.bicameral.dev/verify-backup.",
            ("verify-backup", "tests the newest backup of the only cluster, and waits until the test has ended"),
            ("verify-backup cortex --no-wait", "returns as soon as the test is requested"))
        {
            name, noWait, options.Namespace, options.Kubeconfig,
        };
        command.SetAction(async (arguments, ct) =>
        {
            using var api = context.OpenApi(arguments, options);
            var cluster = await ClusterChoice.ClusterAsync(api, arguments.GetValue(options.Namespace)!, arguments.GetValue(name), ct);
            if (cluster.Status?.Backup?.LastBackup is null && !await new BackupApi(api).IsBackedUpAsync(cluster.Key(), ct))
            {
                throw new CommandException(
                    $"{cluster.Metadata.Name} has no backup yet", $"{context.Program} backup {cluster.Metadata.Name} makes one");
            }

            var request = context.Clock.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);
            _ = await api.RequestVerificationAsync(cluster.Key(), request, ct) ?? throw Gone(cluster);
            if (arguments.GetValue(noWait))
            {
                context.Screen.Print($"a restore test is requested; {context.Program} status shows the result");
                return ExitCodes.Done;
            }

            context.Screen.Print(Words(await FollowAsync(context, api, cluster, request, ct)));
            return ExitCodes.Done;
        });
        return command;
    }

    private static Task<VerificationReceipt> FollowAsync(
        CommandContext context, ClusterApi api, CortexCluster cluster, string request, CancellationToken ct)
    {
        return new OperatorWork(context.Screen, context.Clock).ResultAsync(LookAsync, ct);

        async Task<(VerificationReceipt?, string)> LookAsync()
        {
            var backup = (await api.FindAsync(cluster.Key(), ct) ?? throw Gone(cluster)).Status?.Backup;
            var isOurs = backup?.Verification?.HandledRequest == request;
            return backup switch
            {
                { Verification.StartedAt: null, LastVerification: { } receipt } when isOurs => (receipt, ""),
                { Verification.Backup: { } label } when isOurs => (null, $"{label} is being restored and checked"),
                { Verification.Waiting: { } why } => (null, $"the restore test waits: {why}"),
                _ => (null, "the restore test waits until it can begin"),
            };
        }
    }

    private static string Words(VerificationReceipt receipt) => receipt.Verdict switch
    {
        VerificationVerdicts.Succeeded => BackupText.Verified(receipt),
        VerificationVerdicts.Failed => throw new CommandException(
            $"the restore test of {receipt.Backup} failed: {receipt.Message}", "make a full backup, and look at the repository's disk"),
        _ => throw new CommandException($"{receipt.Backup} was not tested: {receipt.Message}", "correct that and ask again"),
    };

    private static CommandException Gone(CortexCluster cluster) => new($"{cluster.Metadata.Name} was deleted", "nothing is tested");
}
