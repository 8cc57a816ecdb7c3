using System.Text;

namespace Cortex.Core.Pki;

/// <summary>The certificate of a server, and the authorities that its clients trust. Replicas of the server share it.</summary>
/// <param name="Bundle">The authorities that clients should trust, PEM one after the other, the newest first. Only the newest
/// signs.</param>
/// <param name="AuthorityKeyPem">The newest authority's private key.</param>
/// <param name="Leaf">The certificate that the server shows; null where that is lost.</param>
public sealed record ServingIdentity(string Bundle, string AuthorityKeyPem, KeyPair? Leaf)
{
    // As in KeyPair: what a record prints may be logged.
    private bool PrintMembers(StringBuilder text)
    {
        text.Append("Bundle = ").Append(Bundle.Length).Append(" characters, AuthorityKeyPem = (hidden), Leaf = ").Append(Leaf);
        return true;
    }
}
