using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text.Json;
using MemoryWall.LlamaServer.Clients;
using MemoryWall.LlamaServer.Http;
using MemoryWall.LlamaServer.Inference;
using MemoryWall.LlamaServer.Native;
using MemoryWall.Machine;
using MemoryWall.Models;
using MemoryWall.Models.Gguf;
using MemoryWall.Models.Shapes;
using MemoryWall.Protocol;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace MemoryWall.LlamaServer;

/// <summary>Composes the server and listens. One line of JSON on standard output contains the port, or why the server does not
/// listen.</summary>
internal static class Server
{
    // A prompt of a million tokens has about 7 MB, as ids or as text; JSON can escape a character with six.
    private const long MinBodyLimitBytes = 32L << 20;
    private const long MaxBodyLimitBytes = 256L << 20;
    private const int BodyBytesPerToken = 32;
    private const int DefaultWindow = 4096;
    private const int DefaultBatch = 512;
    private static readonly string[] s_read = ["GET", "HEAD"];
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    // The one who started this process kills it after three seconds.
    private static readonly TimeSpan s_servedPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_savingTime = TimeSpan.FromSeconds(1.5);
    private static readonly Lock s_ending = new();

    public static async Task<int> RunAsync(string[] args)
    {
        var secret = Environment.GetEnvironmentVariable(EmbeddedProtocol.SecretEnvironmentVariable);
        Environment.SetEnvironmentVariable(EmbeddedProtocol.SecretEnvironmentVariable, null);
        try
        {
            var options = ServerOptions.Parse(args);
            if (secret is null && !IPAddress.IsLoopback(options.Host))
                throw new FormatException($"--host: {options.Host} can be reached from other machines; "
                    + $"set {EmbeddedProtocol.SecretEnvironmentVariable} to a key");
            return await ServeAsync(options, secret).ConfigureAwait(false);
        }
        catch (Exception error)
            when (error is ModelFormatException or FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return ReportStartError(ServerExitCodes.BadModel, $"--model: the file cannot be read: {error.Message}");
        }
        catch (FormatException error)
        {
            return ReportStartError(ServerExitCodes.Usage, error.Message);
        }
        catch (NativeLibraryMissingException error)
        {
            return ReportStartError(ServerExitCodes.NoNativeLibrary, error.Message);
        }
        catch (IOException error) when (error.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException or SocketException)
        {
            return ReportStartError(ServerExitCodes.PortInUse, error.Message);
        }
    }

    private static async Task<int> ServeAsync(ServerOptions options, string? secret)
    {
        var header = GgufReader.Read(options.ModelPath);
        var shape = ModelShapeReader.Read(GenerativeModel.ReadFile(options.ModelPath));
        // Reads the layers instead of asking llama.cpp, which counts a model as recurrent only if all of its layers are.
        var canRollBack = shape.Layers.All(layer => layer is { HasState: false, Window: null });
        var log = new NativeLog();
        LlamaLibrary.Load(log);
        var cores = MachineReader.Read().AvailableCores ?? Environment.ProcessorCount;
        var version = typeof(Server).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            ?? "unknown";
        var details = LlamaLibrary.Describe();
        details["threads_default"] = FormattableString.Invariant($"{cores} (physical cores available to the process)");

        using var abort = new AbortSignal();
        using var session = new ModelContext(options.ModelPath, header, shape, log, abort);
        using var worker = new InferenceWorker(session, TimeProvider.System);
        var window = Math.Min(DefaultWindow, shape.TrainedContextTokens ?? DefaultWindow);
        var reader = new RequestReader(new RequestDefaults(window, DefaultBatch, cores, shape.TrainedContextTokens)
        {
            LongestTokenBytes = PromptLength.FindLongestToken(header.Metadata),
        },
            options.Served is { } served ? new ServedSettings(served, served.WindowTokens ?? window) : null);
        var generate = new GenerateEndpoint(worker, reader, options.ModelName, TimeProvider.System);
        var capabilities = new ServerCapabilities
        {
            Protocol = EmbeddedProtocol.Version,
            Extensions = ServerExtensions.List(canRollBack),
            Details = details,
        };
        var messages = new ChatMessages(new ModelTemplate(header.Metadata.GetValueOrDefault("tokenizer.chat_template") as string,
            TimeProvider.System, Console.Error.WriteLine));
        var chat = new OllamaChatEndpoint(new ClientAnswer(worker), reader, messages, options.ModelName, TimeProvider.System);
        var openAi = new OpenAiEndpoints(worker, reader, messages, options.ModelName, TimeProvider.System);
        var model = new ServedModel(options.ModelName, options.ModelPath, header);
        var openAiModels = new OpenAiModels(model);
        var models = new ModelEndpoints(model,
            new VersionResponse { Version = version, Capabilities = capabilities }, worker);

        var app = Build(options, new AccessGuard(secret, IPAddress.IsLoopback(options.Host)), GetBodyLimit(shape.TrainedContextTokens));
        await using var _ = app.ConfigureAwait(false);
        app.MapMethods("/", s_read, () => Results.Text("MemoryWall's embedded server is running"));
        app.MapMethods("/api/version", s_read, models.VersionAsync);
        app.MapMethods("/api/tags", s_read, models.TagsAsync);
        app.MapMethods("/api/ps", s_read, models.RunningAsync);
        app.MapMethods("/v1/models", s_read, openAiModels.ListAsync);
        app.MapMethods("/v1/models/{**model}", s_read, openAiModels.GetAsync);
        app.MapPost("/api/show", models.ShowAsync);
        app.MapPost("/api/generate", generate.HandleAsync);
        app.MapPost("/api/chat", chat.HandleAsync);
        app.MapPost("/v1/completions", openAi.CompletionsAsync);
        app.MapPost("/v1/chat/completions", openAi.ChatAsync);
        await app.StartAsync().ConfigureAwait(false);
        if (options.ExitsWithStdin)
            ExitWithParent(() =>
            {
                if (options.Served is not null)
                    End(worker, session, s_servedPatience);
            });
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        WriteHandshake(new Handshake { Port = new Uri(address).Port, ProcessId = Environment.ProcessId, Version = version });
        await app.WaitForShutdownAsync().ConfigureAwait(false);
        // The model is not freed under a computation.
        if (!(options.Served is null ? worker.TryEnd(s_patience) : End(worker, session, s_patience)))
            KillSelf();
        return 0;
    }

    // Keeps the conversations of those who were served. Both the end of the parent and a signal lead here.
    private static bool End(InferenceWorker worker, ModelContext session, TimeSpan patience)
    {
        lock (s_ending)
        {
            if (!worker.TryEnd(patience))
                return false;
            session.ConversationsInUse?.SaveAll(s_savingTime);
            return true;
        }
    }

    private static long GetBodyLimit(int? trainedContext) =>
        Math.Clamp((trainedContext ?? 0L) * BodyBytesPerToken, MinBodyLimitBytes, MaxBodyLimitBytes);

    private static WebApplication Build(ServerOptions options, AccessGuard guard, long maxBodyBytes)
    {
        // An empty builder reads no arguments or environment variables, so that nothing can make this server listen elsewhere.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(options.Host, options.Port);
            kestrel.Limits.MaxRequestBodySize = MaxBodyLimitBytes;
            kestrel.AddServerHeader = false;
        });
        var app = builder.Build();
        app.Use(next => http => guard.InvokeAsync(http, next));
        app.Use(next => http => UnhandledFailures.InvokeAsync(http, next));
        // Before any of it is read. The web server then reads the rest away, so that the client sees the answer.
        app.Use(next => http =>
        {
            if (http.Request.ContentLength > maxBodyBytes)
                throw PromptLength.RefuseBody(maxBodyBytes);
            // A body in chunks does not say its length. The web server then stops to read it.
            if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
                limit.MaxRequestBodySize = maxBodyBytes;
            return next(http);
        });
        app.Use(next => http => UnknownRoutes.InvokeAsync(http, next));
        app.UseRouting();
        return app;
    }

    // The system closes standard input when the parent ends, in whatever way it ends. The process is then killed, because a computation
    // in native code cannot be stopped otherwise.
    private static void ExitWithParent(Action end)
    {
        var watcher = new Thread(() =>
        {
            using var input = Console.OpenStandardInput();
            var buffer = new byte[64];
            while (input.Read(buffer) > 0)
            {
                // Ignores input; only its end matters.
            }
            end();
            KillSelf();
        })
        { IsBackground = true, Name = "parent watch" };
        watcher.Start();
    }

    private static void KillSelf()
    {
        using var self = Process.GetCurrentProcess();
        self.Kill();
    }

    private static int ReportStartError(int code, string message)
    {
        Console.Error.WriteLine(message);
        WriteHandshake(new Handshake { Error = message });
        return code;
    }

    private static void WriteHandshake(Handshake line)
    {
        Console.Out.WriteLine(JsonSerializer.Serialize(line, FrameJson.Default.Handshake));
        Console.Out.Flush();
    }
}
