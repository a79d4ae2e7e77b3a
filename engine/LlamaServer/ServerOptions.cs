using System.Globalization;
using System.Net;
using System.Text.Json;
using MemoryWall.LlamaServer.Http;
using MemoryWall.LlamaServer.Inference;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer;

/// <summary>The command line of the server.</summary>
/// <param name="ModelPath">The GGUF file to serve.</param>
/// <param name="ModelName">The name under which it is served.</param>
/// <param name="Port">The port on loopback; 0 for any free one.</param>
/// <param name="ExitsWithStdin">Whether the server ends when its standard input is closed.</param>
internal sealed record ServerOptions(string ModelPath, string ModelName, int Port, bool ExitsWithStdin)
{
    /// <summary>The address on which the server listens.</summary>
    public IPAddress Host { get; init; } = IPAddress.Loopback;

    /// <summary>How the model is loaded for all clients; null where each request chooses it.</summary>
    public GenerateOptions? Served { get; init; }

    public const string Usage = "usage: MemoryWall.LlamaServer --model FILE.gguf [--name NAME] [--port PORT] [--parent-stdin] "
        + "[--host ADDRESS] [--served OPTIONS]";

    // Not Ollama's default port 11434, so that both can run.
    private const int DefaultPort = 11_534;

    /// <summary>Parses the command line.</summary>
    /// <exception cref="FormatException">An argument is not valid; the message names it.</exception>
    public static ServerOptions Parse(IReadOnlyList<string> args)
    {
        string? model = null, name = null;
        var port = DefaultPort;
        var parentStdin = false;
        var host = IPAddress.Loopback;
        GenerateOptions? served = null;
        for (var i = 0; i < args.Count; i++)
        {
            var option = args[i];
            string Next() => i + 1 < args.Count ? args[++i] : throw new FormatException($"{option} needs a value; {Usage}");
            switch (option)
            {
                case "--model":
                    model = Next();
                    break;
                case "--name":
                    name = Next();
                    break;
                case "--port":
                    port = int.TryParse(Next(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                        && number <= ushort.MaxValue
                        ? number
                        : throw new FormatException($"--port: '{args[i]}' is not a port; use 0 (any free port) to 65535");
                    break;
                case "--host":
                    host = IPAddress.TryParse(Next(), out var address)
                        ? address
                        : throw new FormatException($"--host: '{args[i]}' is not an IP address such as 127.0.0.1 or 0.0.0.0");
                    break;
                case "--served":
                    served = ReadServed(Next());
                    break;
                case "--parent-stdin":
                    parentStdin = true;
                    break;
                default:
                    throw new FormatException($"'{option}' is not an option; {Usage}");
            }
        }
        return model is null
            ? throw new FormatException($"--model is missing; {Usage}")
            : new ServerOptions(Path.GetFullPath(model), name ?? Path.GetFileNameWithoutExtension(model), port, parentStdin)
            {
                Host = host,
                Served = served,
            };
    }

    private static GenerateOptions ReadServed(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return BodyReader.Read(document.RootElement, BodyReader.Json.GenerateOptions);
        }
        catch (Exception error) when (error is JsonException or RefusedException)
        {
            throw new FormatException($"--served: {error.Message}", error);
        }
    }
}
