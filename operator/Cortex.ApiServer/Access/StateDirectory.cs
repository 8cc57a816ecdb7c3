using System.Globalization;
using Cortex.ApiServer.Storage;

namespace Cortex.ApiServer.Access;

/// <summary>
/// The server's own folder (0700) and its files (0600). One server at a time holds a lock on it, which ends with the process.
/// </summary>
internal sealed class StateDirectory : IDisposable
{
    private const UnixFileMode FileMode0600 = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode DirectoryMode0700 = FileMode0600 | UnixFileMode.UserExecute;
    private readonly string path;
    private readonly FileStream hold;

    /// <exception cref="StoreException">Another server uses the folder, or the disk is full.</exception>
    public StateDirectory(string path)
    {
        this.path = Path.GetFullPath(path);
        Directory.CreateDirectory(this.path, DirectoryMode0700);
        File.SetUnixFileMode(this.path, DirectoryMode0700);
        hold = Hold();
    }

    public string Database => In("objects.db");

    public string Certificate => In("serving.pem");

    public string Token => In("token");

    public string Kubeconfig => In("kubeconfig");

    public int? RememberedPort
    {
        get => File.Exists(Port) && int.TryParse(File.ReadAllText(Port), CultureInfo.InvariantCulture, out var port) ? port : null;
        set => Write(Port, value!.Value.ToString(CultureInfo.InvariantCulture));
    }

    private string Port => In("port");

    /// <summary>Replaces a private file atomically: readers see the old text or the new text.</summary>
    public static void Write(string file, string text)
    {
        var draft = file + ".new";
        try
        {
            File.Delete(draft);
            using (var stream = File.Open(
                draft, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = FileMode0600 }))
            {
                stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
                stream.Flush(flushToDisk: true);
            }

            File.Move(draft, file, overwrite: true);
        }
        catch (IOException exception) when (StoreException.IsDisk(exception))
        {
            throw StoreException.Of(file, exception);
        }
    }

    public void Dispose() => hold.Dispose();

    private FileStream Hold()
    {
        try
        {
            return File.Open(
                In("lock"),
                new FileStreamOptions
                {
                    Mode = FileMode.OpenOrCreate,
                    Access = FileAccess.ReadWrite,
                    Share = FileShare.None,
                    UnixCreateMode = FileMode0600,
                });
        }
        catch (IOException exception) when (StoreException.IsDisk(exception))
        {
            throw StoreException.Of(In("lock"), exception);
        }
        catch (IOException exception)
        {
            throw new StoreException(
                $"{path} is used by another API server", "it is running already; stop it, or give this server its own state directory",
                exception);
        }
    }

    private string In(string name) => Path.Combine(path, name);
}
