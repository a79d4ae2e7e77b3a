using System.Text;
using MemoryWall.NotebookRunner.Documents;

namespace MemoryWall.NotebookRunner.Commands;

/// <summary>A writer of messages, whose lines contain names of files and texts of notebooks: nothing in them steers a terminal.</summary>
/// <param name="inner">Receives the cleaned texts.</param>
internal sealed class PlainWriter(TextWriter inner) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => inner.Write(PlainText.StripControlCharacters(value.ToString()));

    public override void Write(string? value) => inner.Write(Clean(value));

    public override void WriteLine(string? value) => inner.WriteLine(Clean(value));

    public override void Flush() => inner.Flush();

    private static string? Clean(string? text) => text is null ? null : PlainText.StripControlCharacters(text);
}
