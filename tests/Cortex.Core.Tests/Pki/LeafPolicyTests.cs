using System.Net;
using Cortex.Core.Pki;
using FsCheck;
using FsCheck.Fluent;
using static Cortex.Core.Tests.Pki.Certificates;

namespace Cortex.Core.Tests.Pki;

public sealed class LeafPolicyTests
{
    private static readonly KeyPair Root = NewAuthority();
    private static readonly KeyPair Have = Root.Issue(Server());

    private static string? Why(KeyPair? have, LeafRequest wanted, DateTimeOffset? now = null, TimeSpan? renewBefore = null) =>
        LeafPolicy.WhyReissue(have, Root.Facts(), wanted, now ?? Now, renewBefore);

    [Fact]
    public void What_is_right_is_kept() => Assert.Null(Why(Have, Server()));

    [Fact]
    public void What_is_not_there_is_missing()
    {
        Assert.Equal(ReissueReasons.Missing, Why(null, Server()));
        Assert.Equal(ReissueReasons.Missing, LeafPolicy.WhyReissue((CertificateFacts?)null, Root.Facts(), Server(), Now));
    }

    [Fact]
    public void A_damaged_pair_is_unreadable()
    {
        Assert.Equal(ReissueReasons.Unreadable, Why(Have with { CertificatePem = "" }, Server()));
        Assert.Equal(ReissueReasons.Unreadable, Why(Have with { PrivateKeyPem = "half a k" }, Server()));
    }

    [Fact]
    public void Anothers_key_is_a_mismatch() =>
        Assert.Equal(ReissueReasons.KeyMismatch, Why(Have with { PrivateKeyPem = Root.PrivateKeyPem }, Server()));

    [Fact]
    public void A_new_authority_of_the_same_name_is_another_issuer() =>
        Assert.Equal(ReissueReasons.IssuerChanged, LeafPolicy.WhyReissue(Have, NewAuthority().Facts(), Server(), Now));

    [Fact]
    public void Order_and_case_of_names_do_not_matter()
    {
        var shuffled = Server() with
        {
            DnsNames = ["LOCALHOST", "cortex-pr", "localhost"],
            IpAddresses = [IPAddress.IPv6Loopback, IPAddress.Loopback],
        };

        Assert.Null(Why(Have, shuffled));
    }

    [Fact]
    public void Each_difference_has_its_reason()
    {
        Assert.Equal(ReissueReasons.NamesChanged, Why(Have, Server("cortex-pr")));
        Assert.Equal(ReissueReasons.NamesChanged, Why(Have, Server() with { IpAddresses = [IPAddress.Loopback] }));
        Assert.Equal(ReissueReasons.SubjectChanged, Why(Have, Server() with { CommonName = "cortex-s1" }));
        Assert.Equal(ReissueReasons.UseChanged, Why(Have, Server() with { Use = LeafUse.Client }));
        Assert.Equal(ReissueReasons.NotYetValid, Why(Have, Server(), Now.AddHours(-1)));
    }

    [Fact]
    public void A_changed_name_is_reported_before_a_near_expiry() =>
        Assert.Equal(ReissueReasons.NamesChanged, Why(Have, Server("other"), Now.AddDays(89)));

    [Theory]
    [InlineData(60 * 86400 - 1, null)]
    [InlineData(60 * 86400, ReissueReasons.NearExpiry)]
    [InlineData(91 * 86400, ReissueReasons.NearExpiry)]
    public void Renewal_begins_with_the_last_third_of_life(int seconds, string? reason) =>
        Assert.Equal(reason, Why(Have, Server(), Now.AddSeconds(seconds)));

    [Theory, InlineData(80, null), InlineData(81, ReissueReasons.NearExpiry)]
    public void Renewal_begins_where_the_user_says(int days, string? reason) =>
        Assert.Equal(reason, Why(Have, Server(), Now.AddDays(days), TimeSpan.FromDays(9)));

    [Fact]
    public void Nothing_is_reissued_right_after_its_issue() =>
        Prop.ForAll(
            Gen.Choose(1, 4000).ToArbitrary(),
            Gen.Choose(1, 4000).ToArbitrary(),
            Gen.Choose(0, 999).ToArbitrary(),
            (life, early, milliseconds) =>
        {
            var now = Now.AddMilliseconds(milliseconds);
            var request = Server() with { Lifetime = TimeSpan.FromHours(life) };
            return Why(Root.Issue(request, now), request, now, TimeSpan.FromHours(early)) is null;
        }).Holds(50);

    [Fact]
    public void A_leaf_cut_short_by_its_authority_is_not_reissued_in_a_loop()
    {
        var late = Now.AddDays(3650).AddMinutes(-1);

        Assert.Null(Why(Root.Issue(Server(), late), Server(), late));
    }

    [Fact]
    public void An_authority_is_renewed_when_it_is_missing_damaged_or_old()
    {
        Assert.Null(LeafPolicy.WhyRenewAuthority(Root, Now));
        Assert.Equal(ReissueReasons.Missing, LeafPolicy.WhyRenewAuthority(null, Now));
        Assert.Equal(ReissueReasons.KeyMismatch, LeafPolicy.WhyRenewAuthority(Root with { PrivateKeyPem = Have.PrivateKeyPem }, Now));
        Assert.Equal(ReissueReasons.NotAnAuthority, LeafPolicy.WhyRenewAuthority(Have, Now));
        Assert.Equal(ReissueReasons.NearExpiry, LeafPolicy.WhyRenewAuthority(Root, Now.AddDays(3000)));
    }
}
