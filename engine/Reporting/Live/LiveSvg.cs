using System.Text;
using MemoryWall.Charts;
using MemoryWall.Charts.Svg;

namespace MemoryWall.Reporting.Live;

/// <summary>How the cards are placed.</summary>
internal enum LiveLayout
{
    /// <summary>For the output of a cell: one system in 960 units of width, several systems in narrow columns.</summary>
    Notebook,

    /// <summary>For a full screen of 1920 by 1040: one system over all of it, two systems side by side.</summary>
    Screen,

    /// <summary>For a phone: 480 units of width, everything in one column.</summary>
    Phone,
}

/// <summary>A card of a picture.</summary>
/// <param name="Id">Its id, the same in every update: the run's id and the card's name.</param>
/// <param name="Svg">The card as an <c>svg</c> element with its place in the picture.</param>
internal readonly record struct LiveCard(string Id, string Svg);

/// <summary>A live view as one SVG of cards.</summary>
internal static class LiveSvg
{
    private const double Gap = 8;
    private const double NarrowWidth = 480;
    private const double ColumnWidth = 960;
    private const double ScreenHeight = 1040;

    /// <summary>The picture as one SVG without script: it takes the width that it is given and the colour of the text around it.</summary>
    /// <param name="systems">One run, or the systems of a comparison, which share their axes.</param>
    /// <param name="layout">How the cards are placed.</param>
    public static string Render(IReadOnlyList<LiveSnapshot> systems, LiveLayout layout)
    {
        var (width, height) = Measure(systems.Count, layout);
        var svg = new StringBuilder().Append(OpenElement(width, height));
        foreach (var card in CreateCards(systems, layout))
            svg.Append(card.Svg);
        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>The opening tag of a picture, for a page that replaces single cards.</summary>
    public static string OpenElement(double width, double height) => string.Concat(
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {SvgBuilder.Number(width)} {SvgBuilder.Number(height)}\" ",
        $"font-family=\"{SvgBuilder.Escape(Theme.FontFamily)}\" fill=\"currentColor\" role=\"img\" aria-label=\"live view\">\n");

    /// <summary>The size of a picture in units of the SVG.</summary>
    public static (double Width, double Height) Measure(int systems, LiveLayout layout)
    {
        var count = Math.Max(1, systems);
        var narrow = NarrowHeight;
        return layout switch
        {
            LiveLayout.Phone => (NarrowWidth, count * (narrow + Gap) - Gap),
            LiveLayout.Screen => (count == 1 ? 2 * ColumnWidth : count * (ColumnWidth + Gap) - Gap, ScreenHeight),
            _ when count == 1 => (ColumnWidth, ScreenHeight),
            _ => (count * (NarrowWidth + Gap) - Gap, narrow),
        };
    }

    /// <summary>The cards of a picture.</summary>
    /// <inheritdoc cref="Render"/>
    public static IReadOnlyList<LiveCard> CreateCards(IReadOnlyList<LiveSnapshot> systems, LiveLayout layout)
    {
        var scale = LiveScale.Create(systems);
        systems = AddTimeOfAll(systems);
        return [.. systems.Index().SelectMany(entry => (layout, systems.Count) switch
        {
            (LiveLayout.Phone, _) => CreateNarrow(entry.Item, scale, 0, entry.Index * (NarrowHeight + Gap)),
            (LiveLayout.Screen, 1) => CreateScreen(entry.Item, scale),
            (LiveLayout.Screen, _) => CreateColumn(entry.Item, scale, entry.Index * (ColumnWidth + Gap)),
            (_, 1) => CreateColumn(entry.Item, scale, 0),
            _ => CreateNarrow(entry.Item, scale, entry.Index * (NarrowWidth + Gap), 0),
        })];
    }

    // Systems that take turns end together; one that has not begun is not known here, and one that has ended needs nothing.
    private static IReadOnlyList<LiveSnapshot> AddTimeOfAll(IReadOnlyList<LiveSnapshot> systems)
    {
        var active = systems.Where(run => run.Status is LiveStatus.Measuring or LiveStatus.Waiting).ToList();
        return active.Count < 2 || active.Any(run => run.Feed is not { Group: not null, SecondsLeft: not null })
            || active.DistinctBy(run => run.Feed!.Group).Count() > 1
                ? systems
                : [.. systems.Select(run => run with { SecondsLeftOfAll = active.Sum(other => other.Feed!.SecondsLeft) })];
    }

    private static double NarrowHeight => 1726 + 7 * Gap;

    private static IEnumerable<LiveCard> CreateColumn(LiveSnapshot run, LiveScale scale, double x)
    {
        const double Half = (ColumnWidth - Gap) / 2;
        yield return Place(run, "header", LiveCards.Header(run, ColumnWidth, 156), x, 0);
        yield return Place(run, "clock", LiveCards.Clock(run, scale, Half, 196), x, 164);
        yield return Place(run, "rates", LiveCards.Rates(run, scale, Half, 196), x + Half + Gap, 164);
        yield return Place(run, "progress", LiveCards.Progress(run, ColumnWidth, 82), x, 368);
        yield return Place(run, "tiers", LiveMachineCards.Tiers(run, scale, Half, 194), x, 458);
        yield return Place(run, "transfers", LiveMachineCards.Transfers(run, scale, Half, 180), x, 660);
        yield return Place(run, "ladder", LiveResultCards.Ladder(run, scale, Half, 382), x + Half + Gap, 458);
        yield return Place(run, "timeline", LiveResultCards.Timeline(run, scale, ColumnWidth, 192), x, 848);
    }

    private static IEnumerable<LiveCard> CreateScreen(LiveSnapshot run, LiveScale scale)
    {
        const double Half = (ColumnWidth - Gap) / 2;
        const double Right = ColumnWidth + Gap / 2;
        yield return Place(run, "header", LiveCards.Header(run, ColumnWidth - Gap / 2, 156), 0, 0);
        yield return Place(run, "clock", LiveCards.Clock(run, scale, Half, 240), 0, 164);
        yield return Place(run, "rates", LiveCards.Rates(run, scale, Half - Gap / 2, 240), Half + Gap, 164);
        yield return Place(run, "progress", LiveCards.Progress(run, ColumnWidth - Gap / 2, 90), 0, 412);
        yield return Place(run, "timeline", LiveResultCards.Timeline(run, scale, ColumnWidth - Gap / 2, 530), 0, 510);
        yield return Place(run, "tiers", LiveMachineCards.Tiers(run, scale, ColumnWidth - Gap / 2, 280), Right, 0);
        yield return Place(run, "transfers", LiveMachineCards.Transfers(run, scale, ColumnWidth - Gap / 2, 214), Right, 288);
        yield return Place(run, "ladder", LiveResultCards.Ladder(run, scale, ColumnWidth - Gap / 2, 530), Right, 510);
    }

    private static IEnumerable<LiveCard> CreateNarrow(LiveSnapshot run, LiveScale scale, double x, double top)
    {
        (string Name, LiveCanvas Card)[] cards =
        [
            ("header", LiveCards.Header(run, NarrowWidth, 270)),
            ("clock", LiveCards.Clock(run, scale, NarrowWidth, 190)),
            ("rates", LiveCards.Rates(run, scale, NarrowWidth, 190)),
            ("progress", LiveCards.Progress(run, NarrowWidth, 116)),
            ("tiers", LiveMachineCards.Tiers(run, scale, NarrowWidth, 240)),
            ("transfers", LiveMachineCards.Transfers(run, scale, NarrowWidth, 200)),
            ("ladder", LiveResultCards.Ladder(run, scale, NarrowWidth, 320)),
            ("timeline", LiveResultCards.Timeline(run, scale, NarrowWidth, 200)),
        ];
        foreach (var (name, card) in cards)
        {
            yield return Place(run, name, card, x, top);
            top += card.Height + Gap;
        }
    }

    private static LiveCard Place(LiveSnapshot run, string name, LiveCanvas card, double x, double y)
    {
        var id = $"{run.Manifest.RunId}-{name}";
        return new LiveCard(id, card.ToElement(id, x, y));
    }
}
