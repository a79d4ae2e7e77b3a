using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Notebooks.Inputs;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Notebooks;

/// <summary>Measures one conversation that grows turn by turn, from a cell.</summary>
public static class Session
{
    /// <summary>
    /// Runs a conversation on one server: each turn adds tokens to the context of the turn before, and only those are computed. With
    /// <see cref="NotebookSessionOptions.FromStorage"/> each turn is computed, saved and loaded again from storage, as for a user who comes
    /// back later. Each turn is written to disk when it ends; after the cell or the kernel was stopped, the same call finds the run again
    /// and finishes it.
    /// </summary>
    /// <param name="target">The target, as on the command line: <c>embedded</c>, <c>ollama://localhost:11434/llama3.2</c>, …</param>
    /// <param name="turns">The context at the end of each turn: <c>1k,3k,4k</c> or <c>1k..4k+1k</c>.</param>
    /// <param name="outputTokens">Output tokens of each answer, 2 or more.</param>
    /// <param name="options">Further options; null for the defaults.</param>
    /// <param name="cancellation">Stops the conversation; finished turns stay on disk.</param>
    /// <exception cref="FormatException">An option cannot be read; the message names it.</exception>
    /// <exception cref="SweepException">Preflight rejected the conversation, or it could not be stored.</exception>
    public static Task<Run> RunAsync(string target = TargetKind.Embedded, string turns = "1k..4k+1k", int outputTokens = 32,
        NotebookSessionOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new NotebookSessionOptions();
        return CellMeasurement.RunOrFindAsync(CreatePlan(target, turns, outputTokens, options), options.Request,
            cancellation);
    }

    internal static SweepPlan CreatePlan(string target, string turns, int outputTokens, NotebookSessionOptions options) => new()
    {
        Target = target,
        Contexts = CellOption.Parse("turns", () => ContextList.Parse(turns)),
        OutputTokens = outputTokens,
        Repetitions = options.Repetitions,
        Order = TrialOrder.Ascending,
        Method = options.FromStorage ? SweepMethod.Resume : SweepMethod.IncrementalDepth,
        Cap = CellOption.ParseCap(options.Cap, options.Swap),
        Options = new TargetOptions { KvType = options.KvType, Tier = CellOption.ParseTier(options.Tier) },
    };
}
