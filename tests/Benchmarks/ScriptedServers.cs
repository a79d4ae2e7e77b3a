using System.Globalization;
using MemoryWall.ScriptedServer;

namespace MemoryWall.Benchmarks;

/// <summary>
/// Not a benchmark: runs a scripted server until Ctrl-C, to sweep where no real server is available. Its latencies are configured, not
/// computed. Options: protocol (ollama, ollama-old, openai, llama-server; default ollama), prefill in ms (default 200), step in ms (default
/// 5), and for an Ollama what happens when a window no longer fits its memory (spills, slows, refuses) with the largest window that does
/// (default 12000).
/// </summary>
internal static class ScriptedServers
{
    public static async Task RunAsync(string[] args)
    {
        double Milliseconds(int place, double usual) =>
            args.Length > place ? double.Parse(args[place], CultureInfo.InvariantCulture) : usual;
        var behaviour = new Behaviour
        {
            Prefill = TimeSpan.FromMilliseconds(Milliseconds(1, 200)),
            Step = TimeSpan.FromMilliseconds(Milliseconds(2, 5))
        };
        if (args.Length > 3)
        {
            var largest = args.Length > 4 ? int.Parse(args[4], CultureInfo.InvariantCulture) : 12_000;
            behaviour = behaviour with
            {
                Memory = (largest, Enum.Parse<MemoryEnding>(args[3], ignoreCase: true)),
                Window = 131_072,
                TrainedContext = 131_072
            };
        }
        var protocol = args.Length > 0 ? args[0] : "ollama";
        await using var server = protocol switch
        {
            "ollama" => OllamaScript.Start(behaviour, OllamaGeneration.New),
            "ollama-old" => OllamaScript.Start(behaviour, OllamaGeneration.Old),
            "openai" => LyingServer.Start(new OpenAiScript(behaviour) { Metrics = new ScriptedMetrics() }.Answer),
            "llama-server" =>
                LyingServer.Start(
                    new LlamaServerScript(behaviour) { Slots = new ScriptedSlots { Restore = behaviour.Prefill / 4 } }.Answer),
            _ => throw new ArgumentException($"'{protocol}' is none of ollama, ollama-old, openai, llama-server"),
        };
        Console.WriteLine($"{protocol.Replace("-old", "")}://{server.Endpoint.Authority}/{behaviour.Model}");
        var stopped = new TaskCompletionSource();
        Console.CancelKeyPress += (_, pressed) => { pressed.Cancel = true; stopped.TrySetResult(); };
        await stopped.Task;
    }
}
