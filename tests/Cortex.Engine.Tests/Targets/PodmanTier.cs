using System.Text.Json;
using Cortex.Engine.Targets;
using Cortex.Engine.Targets.Podman;

namespace Cortex.Engine.Tests.Targets;

/// <summary>Tests of the target on the real Podman of this machine, beyond the contract.</summary>
[Trait("Tier", "podman")]
public abstract class PodmanTier : TargetFixture
{
    private readonly PodmanTarget target = new(PodmanOptions.FromEnvironment());
    private readonly PodmanService service = new(PodmanOptions.FromEnvironment());

    protected PodmanTier() => Api = new LibpodClient(service.Socket, service.ConnectAsync);

    protected override IExecutionTarget Target => target;

    /// <summary>Podman's API, for what the target does not offer.</summary>
    protected LibpodClient Api { get; }

    public override async ValueTask InitializeAsync()
    {
        await NeedAsync(target);
        Ready = true;
    }

    /// <summary>Skips the test where there is no Podman, or no image for its containers.</summary>
    internal static async Task NeedAsync(PodmanTarget target)
    {
        Assert.SkipUnless(Tool.Find("podman") is not null, "podman is not on PATH");
        Assert.SkipUnless(await target.FindImageAsync(Image, Ct) is not null, $"the image {Image} is not there: build it first");
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Api.Dispose();
        target.Dispose();
        service.Dispose();
        GC.SuppressFinalize(this);
    }

    protected async Task<JsonElement> InspectAsync(string container)
    {
        var reply = (await Api.GetAsync($"containers/{container}/json", Ct)).OrThrow($"look at {container}");
        return JsonSerializer.Deserialize<JsonElement>(reply.Body.Span);
    }
}
