using DuckDB.NET.Data;
using MemoryWall.Lake.Files;

namespace MemoryWall.Lake.Queries;

/// <summary>
/// DuckDB in this process, confined to one lake: it can open files of that folder and of its own temporary one and no others, loads no
/// extension, reaches no network, and its settings cannot be changed any more.
/// </summary>
internal sealed class LakeSession : IDisposable
{
    private readonly string _temporary;
    private readonly DuckDBConnection _connection;

    private LakeSession(string temporary, DuckDBConnection connection) => (_temporary, _connection) = (temporary, connection);

    /// <summary>Opens a session.</summary>
    /// <param name="lake">The lake.</param>
    public static LakeSession Open(LakeFolder lake)
    {
        var temporary = Directory.CreateTempSubdirectory("memwall-lake-").FullName;
        var connection = new DuckDBConnection("DataSource=:memory:");
        var session = new LakeSession(temporary, connection);
        try
        {
            connection.Open();
            string[] settings =
            [
                "autoinstall_known_extensions = false",
                "autoload_known_extensions = false",
                "allow_community_extensions = false",
                "allow_persistent_secrets = false",
                // What does not fit into memory is sorted and grouped there.
                $"temp_directory = {SqlText.Quote(temporary)}",
                $"allowed_directories = [{SqlText.Quote(lake.Root + "/")}]",
                "enable_external_access = false",
                "lock_configuration = true",
            ];
            foreach (var setting in settings)
                session.Execute("SET " + setting);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Runs a statement of the engine's own.</summary>
    public void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Runs a statement of the engine's own that has one value; null where it is absent.</summary>
    public object? Read(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() is var value && value is DBNull ? null : value;
    }

    /// <summary>A command for a statement.</summary>
    public DuckDBCommand CreateCommand(string sql)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.UseStreamingMode = true;
        return command;
    }

    public void Dispose()
    {
        _connection.Dispose();
        try
        {
            Directory.Delete(_temporary, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It is empty, and in the system's own folder for such files.
        }
    }
}
