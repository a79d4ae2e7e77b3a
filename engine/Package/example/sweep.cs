// A file-based app: it measures an inference server as the context grows, prints both phases, and draws them.
//
//     dotnet run sweep.cs                                            the embedded default
//     dotnet run sweep.cs ollama://localhost:11434/llama3.2          another server
//
// The run is stored below data/runs of the current folder, and the figure in phases.svg.
#:package MemoryWall@0.1.0
// The engine loads libraries by path, so the app cannot be compiled ahead of time.
#:property PublishAot=false

using MemoryWall.Analysis;
using MemoryWall.Notebooks;

var target = args is [var named, ..] ? named : "embedded";
var run = await Sweep.RunAsync(target, contexts: "512,1k,2k", outputTokens: 16);

Console.WriteLine();
Console.WriteLine($"{"context",10}{"TTFT s",12}{"prefill t/s",14}{"generation t/s",16}");
foreach (var context in Runs.Analysis(run).Contexts)
    Console.WriteLine($"{context.ContextTokens,10:N0}{Median(context.TtftSeconds, "0.000"),12}"
        + $"{Median(context.PrefillTps, "N0"),14}{Median(context.GenerationTps, "N0"),16}");
Console.WriteLine();
var figure = Figure.TimeShare(run);
Console.WriteLine(figure.Title);
figure.Save("phases.svg");

// Absent is not zero: a trial that failed or is doubtful has no rate.
static string Median(MetricSummary? metric, string format) => metric?.Median.ToString(format) ?? "-";
