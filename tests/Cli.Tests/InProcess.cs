using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using MemoryWall.Cli.Host;

namespace MemoryWall.Cli.Tests;

/// <summary>
/// One command line in the process of the tests, for commands that no test kills or sends a signal. A process of its own takes half a
/// second of both cores to begin, and a sweep one and a half, because it compiles the program's methods anew. What the program does with
/// its streams, its exit code and its signals is shown by the tests that start it (<see cref="Memwall"/>); what a command writes to
/// the stream itself, past the console, is seen only there.
/// </summary>
internal sealed class InProcess : IDisposable
{
    private static readonly AsyncLocal<(StringWriter Output, StringWriter Error)?> s_streams = new();

    private InProcess(int exitCode, string output, string error) => (ExitCode, Output, Error) = (exitCode, output, error);

    public int ExitCode { get; }

    public string Output { get; }

    public string Error { get; }

    public JsonNode Json => JsonNode.Parse(Output)!;

    // Before anything else in this assembly takes a stream.
    [ModuleInitializer]
    internal static void RouteStreams()
    {
        Console.SetOut(new RoutedWriter(Console.Out, streams => streams.Output));
        Console.SetError(new RoutedWriter(Console.Error, streams => streams.Error));
    }

    public static async Task<InProcess> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        s_streams.Value = (output, error);
        using var terminal = Terminal.Redirect(output, error);
        var code = await MemwallApp.RunAsync(args, TestContext.Current.CancellationToken);
        return new InProcess(code, output.ToString(), error.ToString());
    }

    public void Dispose() => MemoryWall.Tests.TestedProgram.Report("memwall", Error);

    private sealed class RoutedWriter(TextWriter otherwise, Func<(StringWriter Output, StringWriter Error), StringWriter> choose)
        : TextWriter
    {
        public override Encoding Encoding => otherwise.Encoding;

        private TextWriter Current => s_streams.Value is { } streams ? choose(streams) : otherwise;

        public override void Write(char value) => Current.Write(value);

        public override void Write(string? value) => Current.Write(value);

        public override void Write(char[] buffer, int index, int count) => Current.Write(buffer, index, count);

        public override void Write(ReadOnlySpan<char> buffer) => Current.Write(buffer);

        public override void WriteLine(string? value) => Current.WriteLine(value);

        public override void Flush() => Current.Flush();
    }
}
