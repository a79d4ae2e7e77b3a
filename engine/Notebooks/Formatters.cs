using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Primitives;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Trials;
using MemoryWall.Models.Forecast;
using MemoryWall.Models.Hardware;
using MemoryWall.Notebooks.DotNetInteractive;
using MemoryWall.Notebooks.Figures;
using MemoryWall.Notebooks.Inputs;
using MemoryWall.Notebooks.Views;
using MemoryWall.Reporting.Summary;
using Microsoft.Data.Analysis;

namespace MemoryWall.Notebooks;

/// <summary>Registers how the kernel shows the value of a cell: as HTML in notebooks, as text elsewhere.</summary>
internal static class Formatters
{
    private const string Html = "text/html";
    private const string Plain = "text/plain";
    private const string Svg = "image/svg+xml";

    public static void Register()
    {
        // Editors show the HTML, in which the picture is, so a second one would only make the saved notebook larger.
        (string, Func<object, string>)[] picture = InteractiveKernelBridge.HasEditor ? [] : [(Svg, value => ((Figure)value).Svg)];
        Register(typeof(Figure), [(Html, value => ((Figure)value).Html), .. picture,
            (Plain, value => value.ToString()!), (ProvenanceRegistry.MimeType, _ => ProvenanceRegistry.ToJson())]);
        Register(typeof(LoadBanner), (Html, value => ((LoadBanner)value).Html),
            (Plain, value => ((LoadBanner)value).Text));
        RegisterView<View>(view => view);
        RegisterView<Run>(run => RunView.Create(Runs.GetReport(run)));
        RegisterView<TrialView>(view => TrialsView.Create([view]));
        RegisterView<Trial>(trial => TrialsView.Create([TrialReview.Review(trial)]));
        RegisterView<IEnumerable<TrialView>>(TrialsView.Create);
        RegisterView<IEnumerable<Trial>>(trials => TrialsView.Create(TrialReview.Review([.. trials])));
        RegisterView<Verdict>(verdict => VerdictsView.Create([verdict]));
        RegisterView<IEnumerable<Verdict>>(VerdictsView.Create);
        RegisterView<IEnumerable<SummaryFinding>>(FindingsView.Create);
        RegisterView<SystemsReport>(SystemsView.Create);
        RegisterView<TrialPhase>(phase => PhasesView.Create([phase]));
        RegisterView<IEnumerable<TrialPhase>>(PhasesView.Create);
        RegisterView<ForecastTable>(ForecastView.Create);
        RegisterView<ForecastRow>(row => ForecastView.Create([row]));
        RegisterView<WallForecast>(ForecastView.Create);
        RegisterView<CacheForecasts>(caches => caches.View);
        RegisterView<MachineMatrix>(MachineMatrixView.Create);
        RegisterView<MeasuredMachines>(machines => machines.View);
        RegisterView<Comparison>(ComparisonView.Create);
        RegisterView<MachineFacts>(MachineView.Create);
        RegisterView<IEnumerable<MemoryWall.Runs.RunSummary>>(RunListView.Create);
        RegisterView<IEnumerable<UnavailableSource>>(MissingSourcesView.Create);
        RegisterView<MemoryWall.Audit.AuditedFile>(AuditView.Create);
        RegisterView<DataFrame>(DataFrameView.Create);
    }

    private static void RegisterView<T>(Func<T, View> view) =>
        Register(typeof(T), (Html, value => view((T)value).Html), (Plain, value => view((T)value).Text));

    // An editor obeys the escapes of plain text, as a terminal does. HTML and SVG have none by how they are encoded.
    private static void Register(Type type, params (string MimeType, Func<object, string> Text)[] forms) =>
        InteractiveKernelBridge.Register(type, [.. forms.Select(form =>
            form.MimeType == Plain ? (Plain, value => SafeText.RemoveUnsafe(form.Text(value))) : form)]);
}
