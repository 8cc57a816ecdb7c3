using Cortex.Core.Postgres;
using static Cortex.Core.Tests.Postgres.Samples;

namespace Cortex.Core.Tests.Postgres;

public sealed class ConnInfoTests
{
    private static readonly Endpoint[] Servers = [new("127.0.0.1", 5432), new("::1", 5433)];

    [Fact]
    public void A_standby_follows_whichever_member_is_the_primary() => Assert.Equal(
        "host=cortex-pr,cortex-s1 port=5432 user=streaming_replica sslmode=verify-full sslrootcert=/var/lib/cortex/tls/ca.crt"
        + " sslcert=/var/lib/cortex/tls/replication.pem sslkey=/var/lib/cortex/tls/replication.pem connect_timeout=2"
        + " keepalives_idle=5 keepalives_interval=2 keepalives_count=3 tcp_user_timeout=10000"
        + @" options='-c tcp_user_timeout=15000 -c statement_timeout=0 -c lock_timeout=0 -c idle_session_timeout=0"
        + @" -c idle_in_transaction_session_timeout=0"
        + @" -c default_transaction_read_only=off -c default_transaction_isolation=read\\ committed -c default_transaction_deferrable=off"
        + @" -c client_min_messages=warning -c local_preload_libraries= -c transaction_timeout=0'"
        + " application_name=cortex-s1 target_session_attrs=primary",
        ConnInfo.ForReplication([new("cortex-pr"), new("cortex-s1")], 5432, Paths, "cortex-s1", 17).ToString());

    [Fact]
    public void A_member_whose_address_is_known_is_reached_without_a_name_server_and_verified_by_its_name()
    {
        const string name = "cortex-pr";
        Member[] known = [new(name, "10.89.0.254"), new("cortex-s2", "10.89.0.252")];
        Member[] partlyKnown = [new(name), known[1]];
        var both = ConnInfo.ForReplication(known, 5432, Paths, "cortex-s1", 17).ToString();
        var text = ConnInfo.ForReplication(partlyKnown, 5432, Paths, "x", 17).ToString();
        var copy = ConnInfo.ForClone(known[0], 5432, Paths, "x", 17).ToString();

        Assert.StartsWith("host=cortex-pr,cortex-s2 hostaddr=10.89.0.254,10.89.0.252 port=5432 ", both, StringComparison.Ordinal);
        Assert.StartsWith("host=cortex-pr,cortex-s2 hostaddr=,10.89.0.252 ", text, StringComparison.Ordinal);
        Assert.StartsWith("host=cortex-pr hostaddr=10.89.0.254 ", copy, StringComparison.Ordinal);
    }

    [Fact]
    public void Clients_get_one_string_for_before_and_after_a_promotion()
    {
        var info = ConnInfo.ForClients(Servers, "my app", "o'neil", "/home/a b/ca.crt", "/home/a b/pass");

        Assert.Equal(
            @"host=127.0.0.1,::1 port=5432,5433 dbname='my app' user='o\'neil' target_session_attrs=read-write sslmode=verify-full"
            + " sslrootcert='/home/a b/ca.crt' connect_timeout=3 passfile='/home/a b/pass'", info.ToString());
        Assert.Equal(
            "postgresql://o%27neil@127.0.0.1:5432,[::1]:5433/my%20app?target_session_attrs=read-write&sslmode=verify-full"
            + "&sslrootcert=%2Fhome%2Fa%20b%2Fca.crt&connect_timeout=3&passfile=%2Fhome%2Fa%20b%2Fpass", info.ToUri());
    }

    [Theory]
    [InlineData("", "x=''")]
    [InlineData("a b", "x='a b'")]
    [InlineData(@"a\b", @"x='a\\b'")]
    [InlineData("a'b", @"x='a\'b'")]
    [InlineData("a=b", "x=a=b")]
    public void Values_are_quoted_as_libpq_reads_them(string value, string expected) =>
        Assert.Equal(expected, ConnInfo.Empty.With("x", value).ToString());

    [Fact]
    public void A_keyword_set_twice_takes_the_later_value() =>
        Assert.Equal("host=c port=1", ConnInfo.Empty.With("host", "a").With("port", "1").With("host", "c").ToString());

    [Theory]
    [InlineData("password", "x")]
    [InlineData("", "x")]
    [InlineData("a b", "x")]
    [InlineData("host", "a\nb")]
    [InlineData("host", "a\0")]
    public void A_password_or_a_broken_word_is_refused(string keyword, string value) =>
        Assert.Throws<ArgumentException>(() => ConnInfo.Empty.With(keyword, value));

    [Fact]
    public void Hosts_cannot_be_missing_or_hide_further_hosts()
    {
        Assert.Throws<ArgumentException>(() => ConnInfo.ForReplication([], 5432, Paths, "x", 17));
        Assert.Throws<ArgumentException>(() => ConnInfo.ForReplication([new("a,b")], 5432, Paths, "x", 17));
        Assert.Throws<ArgumentException>(() => ConnInfo.ForClients([new("", 1)], "d", "u", "ca"));
    }

    /// <summary>
    /// A copy has one host, and a server on a busy machine may take longer to answer than the search for a living one allows.
    /// </summary>
    [Fact]
    public void A_copy_waits_longer_for_its_only_host_than_a_standby_for_each_of_many()
    {
        var copy = Manifests.InstanceConfiguration.CloneSource("cortex-s1", "cortex-pr", new Dictionary<string, string>(), 17);
        var standby = ConnInfo.ForReplication([new("cortex-pr")], 5432, Naming.Paths.Server, "cortex-s1", 17).ToString();

        Assert.Contains(" connect_timeout=30", copy, StringComparison.Ordinal);
        Assert.Contains(" connect_timeout=2", standby, StringComparison.Ordinal);
    }
}
