using System.Globalization;

namespace Cortex.Testing.Clusters;

/// <summary>
/// What a client needs to connect: the connection string of the status, and the CA certificate and the password in files.
/// </summary>
public sealed class Access
{
    private readonly string cluster;
    private readonly string directory;
    private readonly IReadOnlyDictionary<string, ServerAddress> addresses;

    /// <param name="cluster">The cluster's name.</param>
    /// <param name="directory">A folder for the files; it exists.</param>
    public Access(
        string cluster,
        string directory,
        string endpoint,
        IReadOnlyDictionary<string, string> secrets,
        IReadOnlyDictionary<string, ServerAddress> addresses)
    {
        (this.cluster, this.directory, Endpoint, Secrets, this.addresses) = (cluster, directory, endpoint, secrets, addresses);
        Authority = Write("ca.crt", Certificate(secrets[$"{cluster}-ca"]));
        PasswordFile = Write("pgpass", $"*:*:*:app:{Password}\n*:*:*:postgres:{secrets[$"{cluster}-superuser"]}\n");
    }

    /// <summary><c>status.endpoints.readWrite</c>.</summary>
    public string Endpoint { get; }

    /// <summary>Every secret of the cluster, by its name.</summary>
    public IReadOnlyDictionary<string, string> Secrets { get; }

    public string Password => Secrets[$"{cluster}-app"];

    /// <summary>The file with the CA certificate.</summary>
    public string Authority { get; }

    public string PasswordFile { get; }

    /// <summary>A connection string that finds the primary.</summary>
    public string Dsn =>
        $"{Endpoint} {HostAddress} sslrootcert={Authority} passfile={PasswordFile}";

    private string HostAddress => addresses.TryGetValue("", out var primary) ? $"hostaddr={primary.Address}" : "";

    /// <summary>The addresses among which the primary is.</summary>
    public IEnumerable<ServerAddress> PrimaryAddresses => addresses.TryGetValue("", out var primary)
        ? [primary]
        : Endpoint.Split(' ').Single(word => word.StartsWith("port=", StringComparison.Ordinal))["port=".Length..].Split(',')
            .Select(port => addresses.Values.Single(value => value.Port == int.Parse(port, CultureInfo.InvariantCulture)));

    /// <summary>The address of an instance.</summary>
    public ServerAddress AddressOf(string instance) => addresses[instance];

    /// <summary>A connection string for one instance; <paramref name="more"/> overrides its settings.</summary>
    public string DsnOf(string instance, string more = "") => string.Create(
        CultureInfo.InvariantCulture,
        $"{AddressOf(instance).ConnInfo} dbname=app user=app sslmode=verify-full sslrootcert={Authority} passfile={PasswordFile} {more}");

    /// <summary>Writes a certificate and its key to a file that libpq accepts as sslcert and as sslkey.</summary>
    public string PairFile(string secret) => Write(secret, Secrets[secret]);

    public string Write(string file, string content)
    {
        var path = Path.Combine(directory, file);
        File.WriteAllText(path, content);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    private static string Certificate(string pem)
    {
        const string begin = "-----BEGIN CERTIFICATE-----";
        const string end = "-----END CERTIFICATE-----\n";
        return pem[pem.IndexOf(begin, StringComparison.Ordinal)..(pem.IndexOf(end, StringComparison.Ordinal) + end.Length)];
    }
}
