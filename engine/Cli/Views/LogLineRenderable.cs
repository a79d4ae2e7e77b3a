using Spectre.Console;
using Spectre.Console.Rendering;

namespace MemoryWall.Cli.Views;

/// <summary>A line above living rows. What these left on the screen is erased first: it may be longer than the line, and would show behind
/// it.</summary>
internal sealed class LogLineRenderable(string text) : Renderable
{
    // From here to the end of the screen (ECMA-48, ED). Left out where the terminal knows no such codes.
    private const string EraseBelow = "\u001b[J";

    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
        [Segment.Control(EraseBelow), .. ((IRenderable)new Text(text)).Render(options, maxWidth), Segment.LineBreak];
}
