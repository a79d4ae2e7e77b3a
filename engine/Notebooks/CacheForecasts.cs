using MemoryWall.Analysis.Sessions;
using MemoryWall.Core;
using MemoryWall.Notebooks.Views;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Notebooks;

/// <summary>What caches of several sizes make of a recorded trace. As the last value of a cell it is shown as a table with its
/// conclusions.</summary>
public sealed class CacheForecasts
{
    internal CacheForecasts(SessionForecast forecast, Run run, string heading, string source) =>
        (Forecast, Run, Heading, Source) = (forecast, run, heading, source);

    /// <summary>The conclusions, as sentences.</summary>
    public IReadOnlyList<string> Findings => SessionForecastPhrases.Format(Forecast);

    /// <summary>The table and the conclusions as HTML.</summary>
    public string Html => View.Html;

    internal SessionForecast Forecast { get; }

    /// <summary>The run whose times were used.</summary>
    internal Run Run { get; }

    internal string Heading { get; }

    internal string Source { get; }

    internal View View => SessionsView.Create(Forecast, Heading, Source);

    /// <summary>The table and the conclusions in plain text.</summary>
    public override string ToString() => View.Text;
}
