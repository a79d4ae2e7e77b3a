using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MemoryWall.Analysis;
using MemoryWall.Analysis.Sessions;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Json;

namespace MemoryWall.Engine.Tests.Analysis.Sessions;

/// <summary>The object <c>sessions</c> that the command line writes, and its description.</summary>
public sealed partial class SessionJsonTests
{
    // Of any estimate and any trial, which the page describes once.
    private static readonly string[] s_common = ["value", "interval", "kind", "level", "count", "low", "high", "relative_half_width"];

    [Fact]
    public void DataReadme_DescribesEveryFieldAndNoOther()
    {
        var text = Section();
        var named = Name().Matches(text).Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        var written = new HashSet<string>(StringComparer.Ordinal);
        Collect(ReportJson.ToJson(CreateReport())!, written);

        Assert.Empty(written.Except(named).Except(s_common));
        var words = Enum.GetNames<NeedleVerdict>().Concat(Enum.GetNames<AnswerUnit>()).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName);
        Assert.Empty(named.Except(written).Except(words).Except(s_common).Except(["sessions"]));
    }

    private static void Collect(JsonNode node, HashSet<string> names)
    {
        if (node is JsonArray list)
        {
            foreach (var item in list.OfType<JsonNode>())
                Collect(item, names);
        }
        else if (node is JsonObject fields)
        {
            foreach (var (name, value) in fields)
            {
                names.Add(name);
                if (value is not null && !s_common.Contains(name))
                    Collect(value, names);
            }
        }
    }

    // A report that has everything: a gain, a wall, answers that differ, numbers that are lost, loads from storage.
    private static SessionReport CreateReport()
    {
        IReadOnlyList<Trial> Level(bool isLoaded) =>
        [
            .. SessionSamples.Level(4, 3, (user, turn) => isLoaded && turn > 1 ? 0.25 : turn, isLoaded: isLoaded).Select((trial, place) =>
                trial with
                {
                    Session = trial.Session! with
                    {
                        AnswerSha256 = $"{place}{isLoaded && place > 4}",
                        AnswerUnit = AnswerUnit.Token,
                        AnswerPieces = isLoaded && place > 4 ? "1 2 4" : "1 2 3",
                        Needle = "12345",
                        IsNeedleFound = !isLoaded,
                    },
                }),
        ];
        return SessionReport.Create([SessionSamples.Report("recompute", 3, Level(isLoaded: false)),
            SessionSamples.Report("tier", 3, Level(isLoaded: true))], Slo.Parse("ttft=2s"));
    }

    private static string Section()
    {
        Assert.SkipWhen(Repository.Root is null, "the tests run outside the repository");
        var text = File.ReadAllText(Path.Combine(Repository.Root, "data", "README.md"));
        var begin = text.IndexOf("The object `sessions` is about conversations.", StringComparison.Ordinal);
        return text[begin..text.IndexOf("A verdict is one object:", begin, StringComparison.Ordinal)];
    }

    [GeneratedRegex("`([a-z0-9_]+)`")]
    private static partial Regex Name();
}
