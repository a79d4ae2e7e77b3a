using System.Text;
using System.Text.Json.Nodes;

namespace MemoryWall.Tests;

/// <summary>A copy of a stored run in which every free text is hostile: markup, scripts, formulas, and characters that steer a terminal or
/// turn the direction of text.</summary>
internal static class HostileRun
{
    public const string Text = "=cmd|' /C calc'!A0<script>alert(1)</script><img src=x onerror=alert(2)></text></svg>]]>--> [red]x[/] "
        + "![x](javascript:alert(3)) [y](javascript:alert(4)) $\\href{javascript:alert(5)}{z}$ \"'>`{{x}}%{y}"
        + "\u001b]0;PWN\u0007\u001b[31m\u009b2J\u202e\u2066\u0000\u2028 end";

    // Values of these keys are words of this program, numbers as text, or names by which other parts are found.
    private static readonly HashSet<string> s_kept =
    [
        "run_id", "started_utc", "target", "order", "prompt_kind", "method", "kind", "name", "architecture", "endpoint", "schema_version",
        "policy", "conversation_cache",
    ];

    // Parts of the text as elements or addresses of a page.
    private static readonly string[] s_elements = ["<script>alert", "<img src=x", "=\"javascript:", "='javascript:"];

    /// <summary>The first part of the text that is an element or an address of a page and not text; null where none is.</summary>
    public static string? FindElement(string html) =>
        Array.Find(s_elements, element => html.Contains(element, StringComparison.OrdinalIgnoreCase));

    /// <summary>Copies a run into a folder of runs.</summary>
    /// <param name="sample">The folder of the run.</param>
    /// <param name="runs">The folder of the runs.</param>
    /// <returns>The run's id.</returns>
    public static string Copy(string sample, string runs)
    {
        var id = Path.GetFileName(sample);
        var folder = Directory.CreateDirectory(Path.Combine(runs, id)).FullName;
        foreach (var file in Directory.GetFiles(sample))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        var manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "run.json")))!.AsObject();
        Spoil(manifest);
        manifest["target"]!["model"] = Text;
        manifest["plan"]!["system"] = Text;
        manifest["versions"]![Text] = Text;
        manifest["target"]!["details"]![Text] = Text;
        manifest["notes"]!.AsArray().Add(Text);
        File.WriteAllText(Path.Combine(folder, "run.json"), manifest.ToJsonString());
        var label = new JsonObject { ["label"] = Text, ["note"] = Text + "\n" + Text, ["is_archived"] = false };
        File.WriteAllText(Path.Combine(folder, "label.json"), label.ToJsonString());
        var events = File.ReadAllLines(Path.Combine(folder, "events.jsonl")).Select(line =>
        {
            var one = JsonNode.Parse(line)!.AsObject();
            one["message"] = Text;
            return one.ToJsonString();
        });
        File.WriteAllText(Path.Combine(folder, "events.jsonl"), string.Join('\n', events) + "\n");
        SpoilTrials(Path.Combine(folder, "trials.csv"));
        return id;
    }

    private static void Spoil(JsonObject holder)
    {
        foreach (var (key, value) in holder.ToList())
        {
            if (value is JsonObject inner)
                Spoil(inner);
            else if (value is JsonArray items)
                items.OfType<JsonObject>().ToList().ForEach(Spoil);
            else if (value is JsonValue text && text.TryGetValue<string>(out _) && !s_kept.Contains(key))
                holder[key] = Text;
        }
    }

    // The last trial of each context failed with words of the server, and a stop reason is one too.
    private static void SpoilTrials(string path)
    {
        var lines = File.ReadAllLines(path);
        var outcome = new JsonObject { ["kind"] = "refused", ["status"] = 500, ["text"] = Text }.ToJsonString();
        for (var i = 1; i < lines.Length; i++)
        {
            lines[i] = lines[i].Replace(",length,", $",{Quote(Escape(Text))},", StringComparison.Ordinal);
            if (i == lines.Length - 1)
                lines[i] = lines[i].Replace("completed,,\"{\"\"kind\"\":\"\"completed\"\"}\"",
                    $"refused,{Quote(Escape(Text))},{Quote(outcome)}", StringComparison.Ordinal);
        }
        File.WriteAllText(path, string.Join('\n', lines) + "\n", new UTF8Encoding(false));
    }

    private static string Escape(string text) => text.ReplaceLineEndings(" ");

    private static string Quote(string cell) => '"' + cell.Replace("\"", "\"\"", StringComparison.Ordinal) + '"';
}
