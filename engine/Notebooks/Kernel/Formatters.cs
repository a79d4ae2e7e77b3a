using MemoryWall.Analysis;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Analysis.Walls;
using MemoryWall.Facts;
using MemoryWall.Memory;
using MemoryWall.Notebooks.Views;
using Microsoft.Data.Analysis;

namespace MemoryWall.Notebooks.Kernel;

/// <summary>How values look as the last thing of a cell: a page for notebooks, text for everything else.</summary>
internal static class Formatters
{
    private const string Html = "text/html";
    private const string Plain = "text/plain";
    private const string Svg = "image/svg+xml";

    public static void Register()
    {
        NotebookKernel.Register(typeof(Figure), (Html, value => ((Figure)value).Html), (Svg, value => ((Figure)value).Svg), (Plain, value => value.ToString()!), (Opened.MimeType, _ => Opened.Json()));
        NotebookKernel.Register(typeof(Notebook.Opening), (Html, value => ((Notebook.Opening)value).Html), (Plain, value => ((Notebook.Opening)value).Text));
        View<View>(view => view);
        View<Run>(RunView.Of);
        View<TrialView>(view => TrialsView.Of([view]));
        View<Trial>(trial => TrialsView.Of([TrialView.Create(trial)]));
        View<IEnumerable<TrialView>>(TrialsView.Of);
        View<IEnumerable<Trial>>(trials => TrialsView.Of(trials.Select(TrialView.Create)));
        View<Verdict>(verdict => VerdictsView.Of([verdict]));
        View<IEnumerable<Verdict>>(VerdictsView.Of);
        View<IEnumerable<SummaryFinding>>(FindingsView.Of);
        View<MeasuredOn>(MeasuredOnView.Of);
        View<SystemsComparison>(SystemsView.Of);
        View<TrialPhase>(phase => PhasesView.Of([phase]));
        View<IEnumerable<TrialPhase>>(PhasesView.Of);
        View<ForecastTable>(ForecastView.Of);
        View<ForecastRow>(row => ForecastView.Of([row]));
        View<WallForecast>(ForecastView.Of);
        View<Comparison>(ComparisonView.Of);
        View<MachineFacts>(MachineView.Of);
        View<IEnumerable<Store.RunSummary>>(RunListView.Of);
        View<IEnumerable<UnavailableSource>>(AbsentView.Of);
        View<Audit.AuditedFile>(AuditView.Of);
        View<DataFrame>(FrameView.Of);
    }

    private static void View<T>(Func<T, View> view) => NotebookKernel.Register(typeof(T), (Html, value => view((T)value).Html), (Plain, value => view((T)value).Text));
}
