using MemoryWall.Core.Primitives;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace MemoryWall.Experiments.Files;

/// <summary>Reads a YAML document as a tree. Anchors, which can make a small file a huge one, deep nesting and a second document are
/// errors.</summary>
internal sealed class YamlTree
{
    private const int MaxDepth = 8;
    private const int MaxNodes = 100_000;

    private readonly Parser _parser;
    private readonly string _file;
    private int _nodes;

    private YamlTree(string text, string file) => (_parser, _file) = (new Parser(new StringReader(text)), file);

    /// <summary>The document.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="file">The name of its file, for messages.</param>
    /// <exception cref="FormatException">It is no such YAML; the message names the line.</exception>
    public static YamlNode Parse(string text, string file)
    {
        try
        {
            return new YamlTree(text, file).ReadDocument();
        }
        catch (YamlException error)
        {
            throw new FormatException($"{file}:{error.Start.Line}: this is not YAML: {SafeText.ToSingleLine(error.Message)}", error);
        }
    }

    private YamlNode ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out var nothing))
            throw Fail(nothing, "the file is empty; memwall experiment schema lists what it contains");
        _parser.Consume<DocumentStart>();
        var root = Read(depth: 0);
        _parser.Consume<DocumentEnd>();
        return _parser.Accept<DocumentStart>(out var second)
            ? throw Fail(second, "a second document begins here; write one experiment in a file")
            : root;
    }

    private YamlNode Read(int depth)
    {
        if (_parser.Accept<AnchorAlias>(out var alias))
            throw Fail(alias, $"'*{alias.Value}' repeats another part of the file; write it out, since anchors are not read");
        if (_parser.Accept<NodeEvent>(out var node) && !node.Anchor.IsEmpty)
            throw Fail(node, $"'&{node.Anchor.Value}' names this part for repetition; leave it out, since anchors are not read");
        if (++_nodes > MaxNodes)
            throw Fail(_parser.Current!, FormattableString.Invariant($"the file has more than {MaxNodes} parts"));
        if (depth > MaxDepth)
            throw Fail(_parser.Current!, FormattableString.Invariant($"the file is nested deeper than {MaxDepth} levels"));
        if (_parser.TryConsume<Scalar>(out var scalar))
            return new YamlText(LineOf(scalar), scalar.Value, scalar is { Style: ScalarStyle.Plain, Value: "" or "null" or "~" });
        return _parser.TryConsume<SequenceStart>(out var list) ? ReadList(list, depth) : ReadMap(_parser.Consume<MappingStart>(), depth);
    }

    private YamlList ReadList(SequenceStart start, int depth)
    {
        var items = new List<YamlNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
            items.Add(Read(depth + 1));
        return new YamlList(LineOf(start), items);
    }

    private YamlMap ReadMap(MappingStart start, int depth)
    {
        var entries = new List<YamlEntry>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (Read(depth + 1) is not YamlText key)
                throw Fail(_parser.Current!, "a key is a single word");
            if (!keys.Add(key.Text))
                throw new FormatException($"{_file}:{key.Line}: '{SafeText.ToSingleLine(key.Text)}' is written twice; write it once");
            entries.Add(new YamlEntry(key.Line, key.Text, Read(depth + 1)));
        }
        return new YamlMap(LineOf(start), entries);
    }

    private static int LineOf(ParsingEvent part) => (int)Math.Min(int.MaxValue, part.Start.Line);

    private FormatException Fail(ParsingEvent part, string message) => new($"{_file}:{part.Start.Line}: {message}");
}
