using System.Globalization;
using System.Text.Json.Nodes;
using MemoryWall.NotebookRunner.Documents;
using Microsoft.DotNet.Interactive.Events;
using Microsoft.DotNet.Interactive.Formatting;

namespace MemoryWall.NotebookRunner.Execution;

/// <summary>The outputs of one cell, within limits. It is not thread-safe; its owner must hold a lock.</summary>
internal sealed class CellOutputs(NotebookCell cell, OutputLimits limits, DisplayRegistry displays)
{
    private readonly List<(JsonObject Output, string Name, BoundedText Text)> _streams = [];
    private readonly Dictionary<JsonObject, long> _sizes = [];
    private readonly List<JsonObject> _closingOutputs = [];
    private long _events;
    private long _characters;
    private long _displayedCharacters;
    private long _omittedOutputs;
    private CellFailure? _failure;

    /// <summary>Whether the cell has written so much that it must be stopped.</summary>
    public bool IsFlooded => _events > limits.MaxEvents || _characters > limits.MaxTotalCharacters;

    public void Add(KernelEvent @event)
    {
        if (@event is not DisplayEvent display)
            return;
        _events++;
        switch (display)
        {
            case StandardOutputValueProduced:
                AppendStream("stdout", display.FormattedValues);
                break;
            case StandardErrorValueProduced:
                AppendStream("stderr", display.FormattedValues);
                break;
            case ErrorProduced error:
                AppendStream("stderr", [new FormattedValue("text/plain", error.Message + "\n")]);
                break;
            case DisplayedValueUpdated:
                UpdateDisplay(display);
                break;
            case DisplayedValueProduced:
                AddDisplay(display, new JsonObject { ["data"] = null, ["metadata"] = new JsonObject(), ["output_type"] = "display_data" });
                break;
            // A DisplayedValue is the handle that display() returns, not a value to show.
            case ReturnValueProduced { Value: not DisplayedValue }:
                AddDisplay(display,
                    new JsonObject
                    {
                        ["data"] = null,
                        ["execution_count"] = cell.ExecutionCount,
                        ["metadata"] = new JsonObject(),
                        ["output_type"] = "execute_result"
                    });
                break;
        }
    }

    /// <summary>Sets the failure of the cell, which stays the last output even if more outputs arrive.</summary>
    public void Fail(CellFailure failure) => _failure = failure;

    /// <summary>Writes the outputs into the notebook. It can be called again after more outputs.</summary>
    public void WriteToCell()
    {
        foreach (var (output, _, text) in _streams)
            output["text"] = MultilineText.Write(text.ToString());
        foreach (var note in _closingOutputs)
            cell.Outputs.Remove(note);
        _closingOutputs.Clear();
        if (_omittedOutputs > 0)
            _closingOutputs.Add(new JsonObject
            {
                ["name"] = "stderr",
                ["output_type"] = "stream",
                ["text"] = MultilineText.Write(
                    string.Create(CultureInfo.InvariantCulture,
                        $"[… {_omittedOutputs:#,0} further outputs of this cell are omitted; the notebook runner keeps ")
                    + string.Create(CultureInfo.InvariantCulture,
                        $"{limits.MaxOutputs:#,0} outputs and {limits.MaxDisplayCharacters:#,0} characters of displayed values …]\n")),
            });
        if (_failure is not null)
            _closingOutputs.Add(_failure.ToOutput());
        foreach (var note in _closingOutputs)
            cell.Outputs.Add(note);
    }

    private void AppendStream(string name, IEnumerable<FormattedValue> values)
    {
        var text = string.Concat(values.Take(1).Select(value => value.Value));
        _characters += text.Length;
        if (_streams.Count > 0 && _streams[^1].Name == name && ReferenceEquals(_streams[^1].Output, cell.Outputs.LastOrDefault()))
        {
            _streams[^1].Text.Append(text);
            return;
        }
        var output = new JsonObject { ["name"] = name, ["output_type"] = "stream", ["text"] = "" };
        if (!TryAdd(output))
            return;
        var bounded = new BoundedText(limits.MaxStreamCharacters);
        bounded.Append(text);
        _streams.Add((output, name, bounded));
    }

    private void AddDisplay(DisplayEvent display, JsonObject output)
    {
        var size = Size(display.FormattedValues);
        _characters += size;
        if (_displayedCharacters + size > limits.MaxDisplayCharacters)
        {
            _omittedOutputs++;
            return;
        }
        output["data"] = MimeBundle.Create(display.FormattedValues);
        if (!TryAdd(output))
            return;
        RecordSize(output, size);
        if (display.ValueId is { } id)
            displays.Add(id, this, output);
    }

    private void UpdateDisplay(DisplayEvent display)
    {
        if (display.ValueId is { } id && displays.Find(id) is { } shown)
            shown.Cell.Replace(shown.Output, display.FormattedValues);
        else
            AddDisplay(display, new JsonObject { ["data"] = null, ["metadata"] = new JsonObject(), ["output_type"] = "display_data" });
    }

    private void Replace(JsonObject output, IReadOnlyCollection<FormattedValue> values)
    {
        var size = Size(values);
        if (_displayedCharacters - _sizes.GetValueOrDefault(output) + size > limits.MaxDisplayCharacters)
        {
            _omittedOutputs++;
            return;
        }
        output["data"] = MimeBundle.Create(values);
        RecordSize(output, size);
    }

    private void RecordSize(JsonObject output, long size)
    {
        _displayedCharacters += size - _sizes.GetValueOrDefault(output);
        _sizes[output] = size;
    }

    private bool TryAdd(JsonObject output)
    {
        if (cell.Outputs.Count >= limits.MaxOutputs)
        {
            _omittedOutputs++;
            return false;
        }
        cell.Outputs.Add(output);
        return true;
    }

    private static long Size(IEnumerable<FormattedValue> values) => values.Sum(value => (long)(value.Value?.Length ?? 0));
}
