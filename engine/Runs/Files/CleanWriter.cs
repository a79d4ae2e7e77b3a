using System.Text;
using MemoryWall.Core.Primitives;

namespace MemoryWall.Runs.Files;

/// <summary>A writer of whole lines and texts that leaves keys out.</summary>
/// <param name="inner">Receives the texts; disposed with this.</param>
internal sealed class CleanWriter(TextWriter inner) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => inner.Write(value);

    public override void Write(string? value) => inner.Write(value is null ? null : KnownSecrets.Remove(value));

    public override void WriteLine(string? value) => inner.WriteLine(value is null ? null : KnownSecrets.Remove(value));

    public override void Flush() => inner.Flush();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
