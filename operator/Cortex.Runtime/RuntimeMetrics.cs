using System.Diagnostics.Metrics;

namespace Cortex.Runtime;

/// <summary>How a reconcile ended; the values of the metric's tag <c>result</c>.</summary>
public enum ReconcileResult
{
    Done,
    RequeueAfter,
    Error,
    Cancelled,
}

/// <summary>The metrics of the runtime, each with the tag <c>controller</c>.</summary>
public sealed class RuntimeMetrics : IDisposable
{
    /// <summary>The name of the meter.</summary>
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

    /// <summary>Reports, on demand, how many keys wait for a worker and how many wait for their due time.</summary>
    public void ObserveQueue(string controller, WorkQueue queue)
    {
        var tag = new KeyValuePair<string, object?>("controller", controller);
        meter.CreateObservableGauge(
            "cortex.queue.depth", () => new Measurement<int>(queue.Depth, tag), "{key}", "Keys that wait for a worker");
        meter.CreateObservableGauge(
            "cortex.queue.delayed", () => new Measurement<int>(queue.Delayed, tag), "{key}", "Keys that wait for their due time");
    }

    public void RecordReconcile(string controller, ReconcileResult result, TimeSpan took)
    {
        duration.Record(took.TotalSeconds, new("controller", controller), new("result", result.ToString()));
        if (result is ReconcileResult.Error)
        {
            retries.Add(1, new KeyValuePair<string, object?>("controller", controller));
        }
    }

    public void Dispose() => meter.Dispose();
}
