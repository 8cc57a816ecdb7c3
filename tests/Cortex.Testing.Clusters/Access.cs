using System.Globalization;

namespace Cortex.Testing.Clusters;

/// <summary>How a client comes in: the connection string of the status, the authority's certificate and the password, both in files.</summary>
public sealed class Access
{
    private readonly Cluster cluster;
    private readonly string directory;

    private readonly IReadOnlyDictionary<string, ServerAddress> addresses;

    private Access(Cluster cluster, string directory, string endpoint, IReadOnlyDictionary<string, string> secrets, IReadOnlyDictionary<string, ServerAddress> addresses)
    {
        (this.cluster, this.directory, Endpoint, Secrets, this.addresses) = (cluster, directory, endpoint, secrets, addresses);
        Authority = Write("ca.crt", Certificate(secrets[$"{cluster.Name}-ca"]));
        PasswordFile = Write("pgpass", $"*:*:*:app:{Password}\n*:*:*:postgres:{secrets[$"{cluster.Name}-superuser"]}\n");
    }

    /// <summary><c>status.endpoints.readWrite</c>.</summary>
    public string Endpoint { get; }

    /// <summary>Every secret of the cluster, by its name.</summary>
    public IReadOnlyDictionary<string, string> Secrets { get; }

    public string Password => Secrets[$"{cluster.Name}-app"];

    /// <summary>The file with the authority's certificate.</summary>
    public string Authority { get; }

    public string PasswordFile { get; }

    /// <summary>Finds the primary, wherever it is.</summary>
    public string Dsn => $"{Endpoint} {(addresses.TryGetValue("", out var primary) ? $"hostaddr={primary.Address}" : "")} sslrootcert={Authority} passfile={PasswordFile}";

    /// <summary>Where the primary may be.</summary>
    public IEnumerable<ServerAddress> PrimaryAddresses => addresses.TryGetValue("", out var primary)
        ? [primary]
        : Endpoint.Split(' ').Single(word => word.StartsWith("port=", StringComparison.Ordinal))["port=".Length..].Split(',')
            .Select(port => addresses.Values.Single(one => one.Port == int.Parse(port, CultureInfo.InvariantCulture)));

    /// <summary>Where an instance is.</summary>
    public ServerAddress AddressOf(string instance) => addresses[instance];

    public static async Task<Access> OfAsync(Cluster cluster)
    {
        var directory = Path.Combine(cluster.Operator.ClientDirectory, cluster.Name);
        Directory.CreateDirectory(directory);
        var status = await cluster.StatusAsync();
        return new Access(cluster, directory, status.Endpoints!.ReadWrite!, await cluster.Place.SecretsAsync(cluster.Name), await cluster.Place.AddressesAsync(cluster));
    }

    /// <summary>One instance and no other; <paramref name="more"/> has the last word.</summary>
    public string DsnOf(string instance, string more = "") => string.Create(
        CultureInfo.InvariantCulture,
        $"{AddressOf(instance).ConnInfo} dbname=app user=app sslmode=verify-full sslrootcert={Authority} passfile={PasswordFile} {more}");

    /// <summary>Puts a secret's pair in a file that libpq accepts as sslcert and as sslkey.</summary>
    public string PairFile(string secret) => Write(secret, Secrets[secret]);

    public string Write(string file, string content)
    {
        var path = Path.Combine(directory, file);
        File.WriteAllText(path, content);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    private static string Certificate(string pem) =>
        pem[pem.IndexOf("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal)..(pem.IndexOf("-----END CERTIFICATE-----", StringComparison.Ordinal) + 26)];
}
