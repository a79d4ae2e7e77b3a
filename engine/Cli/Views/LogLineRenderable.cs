using Spectre.Console;
using Spectre.Console.Rendering;

namespace MemoryWall.Cli.Views;

/// <summary>A line above live rows. It erases them first, since they may be longer than the line.</summary>
internal sealed class LogLineRenderable(string text) : Renderable
{
    // Erases from here to the end of the screen (ECMA-48, ED). Spectre omits it on terminals without such codes.
    private const string EraseBelow = "\u001b[J";

    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
        [Segment.Control(EraseBelow), .. ((IRenderable)new Text(text)).Render(options, maxWidth), Segment.LineBreak];
}
