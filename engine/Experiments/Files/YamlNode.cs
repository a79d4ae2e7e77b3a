namespace MemoryWall.Experiments.Files;

/// <summary>A part of a YAML document, with the line that it begins on.</summary>
/// <param name="Line">The line, from 1.</param>
internal abstract record YamlNode(int Line);

/// <summary>A text, also where YAML would read a number: its reader knows what it should be.</summary>
/// <param name="IsNull">Whether nothing was written, or <c>null</c> or <c>~</c> without quotes.</param>
internal sealed record YamlText(int Line, string Text, bool IsNull) : YamlNode(Line);

/// <summary>A list.</summary>
internal sealed record YamlList(int Line, IReadOnlyList<YamlNode> Items) : YamlNode(Line);

/// <summary>Keys with their values, each key once.</summary>
internal sealed record YamlMap(int Line, IReadOnlyList<YamlEntry> Entries) : YamlNode(Line);

/// <summary>A key with its value.</summary>
internal sealed record YamlEntry(int Line, string Key, YamlNode Value);
