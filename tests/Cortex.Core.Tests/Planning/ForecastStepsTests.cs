using System.Reflection;
using Cortex.Core.Api;
using Cortex.Core.Planning;
using Cortex.Core.Planning.Forecasts;
using static Cortex.Core.Tests.Builders.Given;

namespace Cortex.Core.Tests.Planning;

/// <summary>
/// The simulated cluster of a forecast does every step that a plan may have, or a list says why the step has no effect. An unknown step
/// would be planned again and again, and all later steps would be missing.
/// </summary>
public sealed class ForecastStepsTests
{
    private static IReadOnlyDictionary<Type, string> WithoutEffect =>
        (IReadOnlyDictionary<Type, string>)Named("StepsWithoutEffect").GetField("Reasons")!.GetValue(null)!;

    public static TheoryData<Type> Steps => [.. typeof(Step).GetNestedTypes().Where(type => type.IsSubclassOf(typeof(Step)))];

    [Theory, MemberData(nameof(Steps))]
    public void Every_step_is_known_to_a_forecast(Type type) => Assert.Null(Record.Exception(() => Do(Example(type))));

    [Fact]
    public void A_step_without_effect_has_a_reason() => Assert.All(WithoutEffect, step => Assert.NotEmpty(step.Value));

    private static void Do(Step step)
    {
        var cluster = Cluster(null, Led());
        var sound = Activator.CreateInstance(Named("SoundCluster"), cluster, cluster.Spec, Image, Image)!;
        sound.GetType().GetMethod("Do")!.Invoke(sound, BindingFlags.DoNotWrapExceptions, null, [step, Now], null);
    }

    private static Type Named(string type) =>
        typeof(Forecast).Assembly.GetType($"Cortex.Core.Planning.Forecasts.{type}", throwOnError: true)!;

    private static Step Example(Type type)
    {
        var constructor = type.GetConstructors().Single();
        return (Step)constructor.Invoke([.. constructor.GetParameters().Select(parameter => Value(parameter.ParameterType))]);
    }

    private static object? Value(Type type) =>
        type == typeof(string) ? S1
        : type == typeof(SynchronousStatus) ? null
        : type.IsValueType ? Activator.CreateInstance(type)
        : Array.CreateInstance(type.GetGenericArguments().Single(), 0);
}
