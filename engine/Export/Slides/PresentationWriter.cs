using System.Xml.Linq;
using DocumentFormat.OpenXml;
using DocumentFormat.OpenXml.Packaging;
using MemoryWall.Charts;
using MemoryWall.Export.Spreadsheets;
using MemoryWall.Export.Xml;
using static MemoryWall.Export.Xml.Drawing;

namespace MemoryWall.Export.Slides;

/// <summary>Writes slides as a presentation. Its charts are native: their numbers and their look can be edited.</summary>
internal static class PresentationWriter
{
    private const string WorkbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    private const double TitlePoints = 24;
    private const double LongTitlePoints = 18;
    private const int LongTitle = 120;
    private const double TextTop = 98;
    private const double SubtitleHeight = 22;
    private const double FootTop = 512;

    // Remarks of 9 points below a figure.
    private const double RemarkLine = 11.5;
    private const int RemarkCharacters = 170;
    private const int MaxRemarkLines = 5;

    /// <summary>Writes a presentation.</summary>
    /// <param name="target">A stream that can be read and sought.</param>
    /// <param name="slides">One or more.</param>
    public static void Write(Stream target, IReadOnlyList<Slide> slides)
    {
        ArgumentNullException.ThrowIfNull(slides);
        using var document = PresentationDocument.Create(target, PresentationDocumentType.Presentation);
        var presentation = document.AddPresentationPart();
        var (layout, notes) = AddMasters(presentation);
        for (var i = 0; i < slides.Count; i++)
            AddSlide(presentation.AddNewPart<SlidePart>(SlideId(i)), slides[i], layout, notes);
        Feed(presentation, SlideMaster.Root("presentation",
            new XElement(P + "sldMasterIdLst", new XElement(P + "sldMasterId", new XAttribute("id", 2_147_483_648),
                new XAttribute(R + "id", "master"))),
            new XElement(P + "notesMasterIdLst", new XElement(P + "notesMasterId", new XAttribute(R + "id", "notes"))),
            new XElement(P + "sldIdLst", slides.Select((_, i) => new XElement(P + "sldId", new XAttribute("id", 256 + i),
                new XAttribute(R + "id", SlideId(i))))),
            Size("sldSz", SlideMaster.Width, SlideMaster.Height), Size("notesSz", SlideMaster.Height, SlideMaster.Width)));
    }

    private static (SlideLayoutPart Layout, NotesMasterPart Notes) AddMasters(PresentationPart presentation)
    {
        var master = presentation.AddNewPart<SlideMasterPart>("master");
        var layout = master.AddNewPart<SlideLayoutPart>("layout");
        var theme = master.AddNewPart<ThemePart>("theme");
        Feed(theme, SlideMaster.CreateTheme());
        Feed(layout, SlideMaster.CreateLayout());
        layout.AddPart(master, "master");
        Feed(master, SlideMaster.CreateMaster("layout"));
        presentation.AddPart(theme, "theme");
        var notes = presentation.AddNewPart<NotesMasterPart>("notes");
        Feed(notes.AddNewPart<ThemePart>("theme"), SlideMaster.CreateTheme());
        Feed(notes, SlideMaster.CreateNotesMaster());
        return (layout, notes);
    }

    private static void AddSlide(SlidePart part, Slide slide, SlideLayoutPart layout, NotesMasterPart notesMaster)
    {
        part.AddPart(layout, "layout");
        var shapes = new List<XElement>
        {
            SlideShapes.Title(2, slide.Title, slide.Title.Length > LongTitle ? LongTitlePoints : TitlePoints),
        };
        var top = TextTop;
        if (slide.Subtitle is { } subtitle)
        {
            shapes.Add(SlideShapes.Text(NextId(shapes), new SlideBox(40, top, SlideMaster.Width - 80, SubtitleHeight),
                [SlideShapes.Paragraph(subtitle, 12, Grey)]));
            top += SubtitleHeight;
        }
        if (slide.Points.Count > 0)
            shapes.Add(SlideShapes.Text(NextId(shapes), new SlideBox(40, top + 8, SlideMaster.Width - 80, FootTop - top - 16),
                slide.Points.Select(point => SlideShapes.Bullet(point, slide.Points.Sum(text => text.Length) > 900 ? 14 : 18))));
        if (slide.Chart is { } chart)
            AddChart(part, shapes, chart, top);
        if (slide.Table is { } table)
            shapes.Add(SlideShapes.Table(NextId(shapes), new SlideBox(40, top + 8, SlideMaster.Width - 80, 60), table));
        if (slide.Foot is { } foot)
            shapes.Add(SlideShapes.Text(NextId(shapes), new SlideBox(40, FootTop, SlideMaster.Width - 80, 20),
                [SlideShapes.Paragraph(foot, 9, Grey)]));
        Feed(part, SlideMaster.Root("sld", SlideMaster.Tree(shapes), SlideMaster.MasterColors()));
        AddNotes(part.AddNewPart<NotesSlidePart>("notes"), part, slide, notesMaster);
    }

    private static void AddChart(SlidePart part, List<XElement> shapes, Chart chart, double top)
    {
        var remarks = SelectRemarks(chart.Notes);
        var remarksHeight = RemarkLine * remarks.Sum(CountLines) + (remarks.Count > 0 ? 8 : 0);
        var bottom = FootTop - remarksHeight;
        var heightOfWeight = (bottom - top) / chart.Panels.Sum(panel => panel.Weight);
        for (var i = 0; i < chart.Panels.Count; i++)
        {
            var panel = chart.Panels[i];
            var height = heightOfWeight * panel.Weight;
            var relation = FormattableString.Invariant($"chart{i + 1}");
            AddChartPart(part.AddNewPart<ChartPart>(relation), NativeChart.Create(chart, panel, isLast: i == chart.Panels.Count - 1));
            shapes.Add(SlideShapes.Chart(NextId(shapes), new SlideBox(40, top, SlideMaster.Width - 80, height), relation,
                $"{panel.Y.Title}. {chart.Title}"));
            top += height;
        }
        if (remarks.Count > 0)
            shapes.Add(SlideShapes.Text(NextId(shapes), new SlideBox(40, bottom, SlideMaster.Width - 80, remarksHeight),
                remarks.Select(remark => SlideShapes.Paragraph(remark, 9, Grey))));
    }

    // What does not fit is in the speaker's notes, as all of them are.
    private static List<string> SelectRemarks(IReadOnlyList<string> notes)
    {
        var lines = 0;
        return [.. notes.TakeWhile(note => (lines += CountLines(note)) <= MaxRemarkLines)];
    }

    private static int CountLines(string text) => 1 + text.Length / RemarkCharacters;

    private static void AddChartPart(ChartPart part, NativeChart chart)
    {
        var workbook = part.AddEmbeddedPackagePart(WorkbookType);
        using (var data = new MemoryStream())
        {
            WorkbookWriter.Write(data, [chart.Data]);
            data.Position = 0;
            workbook.FeedData(data);
        }
        chart.Xml.Add(new XElement(C + "externalData", new XAttribute(R + "id", part.GetIdOfPart(workbook)), Value(C + "autoUpdate", 0)));
        Feed(part, chart.Xml);
    }

    private static void AddNotes(NotesSlidePart part, SlidePart slide, Slide content, NotesMasterPart master)
    {
        part.AddPart(slide, "slide");
        part.AddPart(master, "master");
        Feed(part, SlideMaster.Root("notes", SlideMaster.Tree([CreateNotesBody(content.Notes)]), SlideMaster.MasterColors()));
    }

    private static XElement CreateNotesBody(IReadOnlyList<string> notes) => new(P + "sp",
        new XElement(P + "nvSpPr", new XElement(P + "cNvPr", new XAttribute("id", 2), new XAttribute("name", "Notes")),
            new XElement(P + "cNvSpPr", new XElement(A + "spLocks", new XAttribute("noGrp", 1))),
            new XElement(P + "nvPr", new XElement(P + "ph", new XAttribute("type", "body"), new XAttribute("idx", 1)))),
        new XElement(P + "spPr"),
        new XElement(P + "txBody", new XElement(A + "bodyPr"), new XElement(A + "lstStyle"),
            notes.DefaultIfEmpty("").Select(note => SlideShapes.Paragraph(note, 12))));

    private static XElement Size(string name, double width, double height) => new(P + name,
        new XAttribute("cx", SlideBox.Emu(width)), new XAttribute("cy", SlideBox.Emu(height)));

    private static string SlideId(int index) => FormattableString.Invariant($"slide{index + 1}");

    // The tree of shapes has the id 1.
    private static int NextId(List<XElement> shapes) => shapes.Count + 2;

    private static void Feed(OpenXmlPart part, XElement root)
    {
        using var stream = XmlText.ToStream(root);
        part.FeedData(stream);
    }
}
