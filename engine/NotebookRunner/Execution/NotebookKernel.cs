using System.Reflection;
using System.Text;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.CSharp;
using Microsoft.DotNet.Interactive.Events;
using Microsoft.DotNet.Interactive.Formatting;

namespace MemoryWall.NotebookRunner.Execution;

/// <summary>A new kernel for C#, HTML and JavaScript, configured like the one that Jupyter and VS Code start. A process has one
/// kernel.</summary>
internal sealed class NotebookKernel : IDisposable
{
    // The kernel has no public option for debug information. Without this private field, stack traces only lack line numbers.
    private static readonly FieldInfo? s_scriptOptions = typeof(CSharpKernel).GetField("_scriptOptions",
        BindingFlags.NonPublic | BindingFlags.Instance);

    private readonly CompositeKernel _root = new();
    private readonly CSharpKernel _csharp;

    public NotebookKernel()
    {
        _csharp = new CSharpKernel().UseKernelHelpers().UseWho().UseValueSharing();
        _root.Add(_csharp, ["c#", "C#"]);
        _root.Add(new HtmlKernel());
        _root.Add(new JavaScriptKernel());
        _root.UseImportMagicCommand();
        _root.DefaultKernelName = _csharp.Name;
        Formatter.SetPreferredMimeTypesFor(typeof(object), HtmlFormatter.MimeType);
        Formatter.SetPreferredMimeTypesFor(typeof(string), PlainTextFormatter.MimeType);
    }

    /// <summary>The kernel names that cells can use.</summary>
    public IEnumerable<string> KernelNames =>
        _root.ChildKernels.SelectMany(kernel => kernel.KernelInfo.Aliases.Prepend(kernel.Name)).Order(StringComparer.Ordinal);

    /// <summary>Calls <paramref name="observe"/> for each event, on the thread of the event.</summary>
    public IDisposable Observe(Action<KernelEvent> observe) => _root.KernelEvents.Subscribe(observe);

    /// <summary>Whether there is a kernel of this name.</summary>
    public bool HasKernel(string name) => _root.ChildKernels.Any(kernel => kernel.Name == name || kernel.KernelInfo.Aliases.Contains(name));

    /// <summary>Runs a cell on another thread than the caller's.</summary>
    public Task<KernelCommandResult> RunAsync(string code, string? kernelName, CellLocation place, CancellationToken cancellation)
    {
        if (s_scriptOptions?.GetValue(_csharp) is ScriptOptions options)
            s_scriptOptions.SetValue(_csharp,
                options.WithEmitDebugInformation(true).WithFileEncoding(Encoding.UTF8).WithFilePath(place.FilePath));
        return Task.Run(() => _root.SendAsync(new SubmitCode(code, kernelName), cancellation), CancellationToken.None);
    }

    /// <summary>Compiles and runs a statement without effects.</summary>
    public async Task WarmUpAsync(CellLocation place, CancellationToken cancellation)
    {
        try
        {
            await RunAsync("_ = 0;", _csharp.Name, place, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The run was stopped; the first cell reports it.
        }
    }

    public void Dispose() => _root.Dispose();
}
