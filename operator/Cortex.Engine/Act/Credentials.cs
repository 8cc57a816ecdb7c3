using System.Security.Cryptography;
using System.Text;
using Cortex.Core.Naming;
using Cortex.Core.Pki;
using Cortex.Core.Planning;
using Cortex.Core.Postgres;
using Cortex.Engine.Memory;
using Cortex.Engine.Secrets;
using Cortex.Engine.Targets;
using Org.BouncyCastle.Security;

namespace Cortex.Engine.Act;

/// <summary>Makes passwords and certificates and stores them as secrets.</summary>
public sealed class Credentials(SecretVault vault, ClusterMemory memory)
{
    private const int PasswordBytes = 32;

    private readonly SecureRandom random = new();

    /// <summary>By the uid of the resource: another resource of the same name has another authority.</summary>
    private readonly Notes<KeyPair> authorities = memory.Part<KeyPair>();

    public Task StorePasswordAsync(Pass pass, Step.StorePassword step, CancellationToken ct) =>
        vault.StoreAsync(
            pass.Key, step.Secret, Encoding.ASCII.GetBytes(Password.Generate(RandomNumberGenerator.GetBytes(PasswordBytes))), ct);

    /// <summary>
    /// An authority whose secret was deleted is stored again as long as it is remembered: running servers trust no other one.
    /// </summary>
    public Task IssueAuthorityAsync(Pass pass, Step.IssueAuthority step, CancellationToken ct)
    {
        authorities.TryGet(pass.Key, Uid(pass), out var authority);
        if (LeafPolicy.WhyRenewAuthority(authority, pass.Now, TimeSpan.Zero) is not null)
        {
            authority = Authority.Create(
                ClusterCertificates.AuthorityName(pass.Key), pass.Now, ClusterCertificates.AuthorityLifetime(pass.Spec), random);
        }

        Remember(pass, authority!);
        return vault.StoreAsync(pass.Key, step.Secret, PairFile.Write(authority!), ct);
    }

    public Task IssueCertificateAsync(Pass pass, Step.IssueCertificate step, CancellationToken ct)
    {
        var authority = PairFile.Read(vault.Held(pass.Key).GetValueOrDefault(Names.CaSecret(pass.Key.Name)))
            ?? throw new TargetException(
                $"the secret {Names.CaSecret(pass.Key.Name)} holds no certificate authority; a new one is made in the next pass");
        Remember(pass, authority);
        var request = ClusterCertificates.For(pass.Key, pass.Spec, pass.Cluster.Status?.Primary)[step.Secret];
        return vault.StoreAsync(pass.Key, step.Secret, PairFile.Write(Leaf.Issue(authority, request, pass.Now, random)), ct);
    }

    /// <summary>
    /// Remembers the authority that is stored now, also one that an earlier process issued: if its secret is deleted, it is stored again.
    /// </summary>
    public void RememberAuthority(Pass pass)
    {
        if (!authorities.TryGet(pass.Key, Uid(pass), out _)
            && PairFile.Read(vault.Held(pass.Key).GetValueOrDefault(Names.CaSecret(pass.Key.Name))) is { } authority)
        {
            Remember(pass, authority);
        }
    }

    private void Remember(Pass pass, KeyPair authority) => authorities.Set(pass.Key, Uid(pass), authority);

    private static string Uid(Pass pass) => pass.Cluster.Metadata.Uid ?? "";
}
