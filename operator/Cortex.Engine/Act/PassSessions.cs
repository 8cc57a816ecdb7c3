using Cortex.Engine.Sql;
using Cortex.Engine.Targets;
using Npgsql;

namespace Cortex.Engine.Act;

/// <summary>The sessions of the steps of a pass.</summary>
internal static class PassSessions
{
    /// <summary>The pool of an instance of the pass's cluster.</summary>
    /// <exception cref="TargetException">The operator has no certificate yet.</exception>
    public static NpgsqlDataSource Demand(this PostgresSessions sessions, Pass pass, string instance) =>
        sessions.Demand(pass.Key, pass.Spec, instance);
}
