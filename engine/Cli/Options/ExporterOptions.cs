using MemoryWall.Targets.Exporters;
using MemoryWall.Targets.Http;

namespace MemoryWall.Cli.Options;

/// <summary>Reads the options that name exporters and their key.</summary>
internal static class ExporterOptions
{
    /// <summary>The option that names the exporters.</summary>
    public const string From = "--telemetry-from";

    /// <summary>What the option takes.</summary>
    public const string FromDescription = "Read exporters of the target's machine once a second: pages of node_exporter, DCGM exporter, "
        + "vLLM or llama-server, for example http://HOST:9100/metrics,http://HOST:9400/metrics";

    /// <summary>What the option for the key's variable takes.</summary>
    public const string VariableDescription = "Environment variable that contains the exporters' key (a bearer token)";

    /// <summary>What the option for the key's file takes.</summary>
    public const string FileDescription = "File that contains the exporters' key";

    /// <summary>The addresses; null for none.</summary>
    /// <exception cref="FormatException">An address cannot be used; the message names the option and the address.</exception>
    public static IReadOnlyList<ExporterAddress>? Parse(string? list) =>
        list is null ? null : OptionParser.Parse(From, () => ExporterAddress.ParseList(list));

    /// <summary>Key and transport.</summary>
    /// <exception cref="FormatException">There is no key where one was named.</exception>
    public static ConnectionOptions Connect(string? keyVariable, string? keyFile, bool allowPlainHttp) => new()
    {
        ApiKey = ApiKeyOption.Read(keyVariable, keyFile, ApiKeyOption.Exporters),
        AllowPlainHttp = allowPlainHttp,
    };
}
