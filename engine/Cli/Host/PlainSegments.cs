using MemoryWall.Core.Primitives;
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

    private sealed class Plain(IRenderable inner) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => inner.Measure(options, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => inner.Render(options, maxWidth)
            .Select(segment => segment.IsControlCode || segment.IsLineBreak || Clean(segment.Text) is var clean && clean == segment.Text
                ? segment
                : new Segment(Clean(segment.Text), segment.Style));

        private static string Clean(string text) => KnownSecrets.Remove(SafeText.RemoveUnsafe(text));
    }
}
