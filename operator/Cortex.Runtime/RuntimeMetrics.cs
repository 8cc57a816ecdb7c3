using System.Diagnostics.Metrics;

namespace Cortex.Runtime;

/// <summary>How a reconcile ended, as the metrics name it.</summary>
public enum ReconcileResult
{
    Done,
    LookAgain,
    Error,
    Cancelled,
}

/// <summary>What the runtime measures of itself, each by the tag <c>controller</c>.</summary>
public sealed class RuntimeMetrics : IDisposable
{
    /// <summary>The meter to listen to.</summary>
    public const string MeterName = "Cortex.Runtime";

    private readonly Meter meter;
    private readonly Histogram<double> duration;
    private readonly Counter<long> retries;

    public RuntimeMetrics(IMeterFactory meters)
    {
        meter = meters.Create(MeterName);
        duration = meter.CreateHistogram<double>("cortex.reconcile.duration", "s", "Time that one reconcile took, by result");
        retries = meter.CreateCounter<long>("cortex.reconcile.retries", "{retry}", "Reconciles that failed and will be tried again");
    }

    /// <summary>Reports, whenever asked, how many keys wait for a worker and how many for their date.</summary>
    public void Watch(string controller, WorkQueue queue)
    {
        var tag = new KeyValuePair<string, object?>("controller", controller);
        meter.CreateObservableGauge(
            "cortex.queue.depth", () => new Measurement<int>(queue.Depth, tag), "{key}", "Keys that wait for a worker");
        meter.CreateObservableGauge(
            "cortex.queue.delayed", () => new Measurement<int>(queue.Delayed, tag), "{key}", "Keys that wait for their date");
    }

    public void Reconciled(string controller, ReconcileResult result, TimeSpan took)
    {
        duration.Record(took.TotalSeconds, new("controller", controller), new("result", result.ToString()));
        if (result is ReconcileResult.Error)
        {
            retries.Add(1, new KeyValuePair<string, object?>("controller", controller));
        }
    }

    public void Dispose() => meter.Dispose();
}
