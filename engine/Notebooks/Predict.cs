using MemoryWall.Analysis.Predictions;
using MemoryWall.Core;
using MemoryWall.Notebooks.Inputs;
using MemoryWall.Notebooks.Views;
using MemoryWall.Reporting.Figures;

namespace MemoryWall.Notebooks;

/// <summary>
/// Predictions from formulas with the numbers of a run, beside what the run measured. A guess of your own is shown with them. Where an
/// input
/// is missing there is a dash and the reason.
/// </summary>
public static class Predict
{
    /// <summary>The time of prefill: operations of the prompt ÷ operations per second.</summary>
    /// <param name="run">The run.</param>
    /// <param name="guess">Your guess at the largest context, in seconds; null for none.</param>
    public static View Prefill(Run run, double? guess = null) =>
        PredictionView.Create(WorkPrediction.ForPrefill(Runs.GetReport(run)), guess);

    /// <summary>The rate of generation: memory bandwidth ÷ bytes that one token reads.</summary>
    /// <param name="run">The run.</param>
    /// <param name="guess">Your guess at the largest context, in tokens per second; null for none.</param>
    public static View Generation(Run run, double? guess = null) =>
        PredictionView.Create(WorkPrediction.ForGeneration(Runs.GetReport(run)), guess);

    /// <summary>The context at which prefill takes as long as the answer: answer length × prefill rate ÷ generation rate.</summary>
    /// <param name="run">The run.</param>
    /// <param name="guess">Your guess, in tokens; null for none.</param>
    public static View Crossover(Run run, double? guess = null) =>
        PredictionView.Create(CrossoverPrediction.Create(Runs.GetReport(run)), guess);

    /// <summary>The KV cache: layers × KV heads × (key + value) × bytes of an element for each token.</summary>
    /// <param name="run">The run.</param>
    /// <param name="guess">Your guess, in KiB for each token; null for none.</param>
    public static View KvCache(Run run, double? guess = null) => PredictionView.Create(KvPrediction.Create(Runs.GetReport(run)), guess);

    /// <summary>The memory wall of each system: the context at which weights, KV cache and buffers fill the limit.</summary>
    /// <param name="runs">The systems.</param>
    public static View Walls(params Run[] runs) => PredictionView.CreateWalls([.. runs.Select(Runs.GetReport)]);

    /// <summary>What should limit each phase of a trial: its operations per byte against the machine's balance.</summary>
    /// <param name="run">Its run.</param>
    /// <param name="trial">Its number; 0 for the one that <see cref="Figure.Timeline"/> selects.</param>
    public static View Limits(Run run, int trial = 0)
    {
        var report = Runs.GetReport(run);
        return PredictionView.Create(LimitPrediction.Create(report, trial == 0 ? TrialSelection.FindMostRelevant(report) : trial));
    }

    /// <summary>How the generation rate should change from one run to the other: as the bytes that one token reads.</summary>
    /// <param name="first">The first run.</param>
    /// <param name="second">The second run.</param>
    public static View Change(Run first, Run second) => PredictionView.Create(
        ChangePrediction.Create(Runs.GetReport(first), Runs.GetReport(second), Runs.Compare(first, second)));

    /// <summary>What the bounds of this run say of another model on another machine.</summary>
    /// <param name="run">The run.</param>
    /// <param name="model">The other model, as for <see cref="Forecast.Table"/>.</param>
    /// <param name="memory">Its fast memory, for example <c>24GB</c>.</param>
    /// <param name="bandwidth">Bandwidth of that memory, for example <c>1TB/s</c>.</param>
    /// <param name="teraflops">Peak arithmetic in 10¹² operations per second, in the type that the model is computed in.</param>
    /// <exception cref="FormatException">The model, the size or the bandwidth cannot be read, or the peak is not above 0.</exception>
    public static View Elsewhere(Run run, string model, string memory, string bandwidth, double teraflops) => PredictionView.Create(
        ScaledPrediction.Create(Runs.GetReport(run), Forecast.FindShape(model), PeaksReader.Read(memory, bandwidth, teraflops)));
}
