using Spectre.Console;
using Spectre.Console.Rendering;

namespace MemoryWall.Cli.Host;

/// <summary>
/// Removes control characters from all text on its way to a console: labels and names of runs may come from elsewhere, and a terminal
/// obeys what is in them. The program's own colours and cursor movements are not text.
/// </summary>
internal sealed class PlainSegments : IRenderHook
{
    public IEnumerable<IRenderable> Process(RenderOptions options, IEnumerable<IRenderable> renderables) =>
        renderables.Select(renderable => new Plain(renderable));

    /// <summary>The text without control characters other than line ends and tabs, and without those that turn its direction.</summary>
    public static string Clean(string text) => text.Any(IsUnsafe) ? string.Concat(text.Where(letter => !IsUnsafe(letter))) : text;

    private static bool IsUnsafe(char letter) => char.IsControl(letter)
        ? letter is not ('\n' or '\t')
        : letter is '\u061C' or '\u200E' or '\u200F' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');

    private sealed class Plain(IRenderable inner) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => inner.Measure(options, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => inner.Render(options, maxWidth)
            .Select(segment => segment.IsControlCode || segment.IsLineBreak || !segment.Text.Any(IsUnsafe)
                ? segment
                : new Segment(Clean(segment.Text), segment.Style));
    }
}
