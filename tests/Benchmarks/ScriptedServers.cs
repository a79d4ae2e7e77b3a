using System.Globalization;
using MemoryWall.ScriptedServer;

namespace MemoryWall.Benchmarks;

/// <summary>
/// No benchmark: a scripted server to sweep where no real one is at hand, until Ctrl-C. Its latencies are set, not computed. Options: protocol
/// (ollama, ollama-old, openai, llama-server; default ollama), prefill in ms (default 200), step in ms (default 5).
/// </summary>
internal static class ScriptedServers
{
    public static async Task RunAsync(string[] args)
    {
        double Milliseconds(int place, double usual) => args.Length > place ? double.Parse(args[place], CultureInfo.InvariantCulture) : usual;
        var behaviour = new Behaviour { Prefill = TimeSpan.FromMilliseconds(Milliseconds(1, 200)), Step = TimeSpan.FromMilliseconds(Milliseconds(2, 5)) };
        var protocol = args.Length > 0 ? args[0] : "ollama";
        await using var server = protocol switch
        {
            "ollama" => OllamaScript.Start(behaviour, OllamaGeneration.New),
            "ollama-old" => OllamaScript.Start(behaviour, OllamaGeneration.Old),
            "openai" => LyingServer.Start(new OpenAiScript(behaviour) { Metrics = new ScriptedMetrics() }.Answer),
            "llama-server" => LyingServer.Start(new LlamaServerScript(behaviour) { Slots = new ScriptedSlots { Restore = behaviour.Prefill / 4 } }.Answer),
            _ => throw new ArgumentException($"'{protocol}' is none of ollama, ollama-old, openai, llama-server"),
        };
        Console.WriteLine($"{protocol.Replace("-old", "")}://{server.Endpoint.Authority}/{behaviour.Model}");
        var stopped = new TaskCompletionSource();
        Console.CancelKeyPress += (_, pressed) => { pressed.Cancel = true; stopped.TrySetResult(); };
        await stopped.Task;
    }
}
