using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Machine;
using MemoryWall.Notebooks.DotNetInteractive;
using MemoryWall.Notebooks.Figures;
using MemoryWall.Notebooks.Inputs;
using MemoryWall.Notebooks.Views;
using MemoryWall.Reporting.Glossary;
using MemoryWall.Reporting.Tables;

namespace MemoryWall.Notebooks;

/// <summary>The entry point for the load cell of a notebook, and the machine.</summary>
public static class Notebook
{
    // An editor draws the outputs of a cell in another process, and must have run the scripts before they are taken away.
    private static readonly TimeSpan s_scriptTime = TimeSpan.FromSeconds(2.5);

    /// <summary>
    /// Registers the formatters for runs, trials, verdicts, forecasts, tables and figures with the kernel, and gives plotly.js to the page
    /// of an editor. The saved notebook does not contain it; where it is absent, figures are still pictures. It does nothing outside a
    /// notebook.
    /// </summary>
    public static async Task OpenAsync()
    {
        Formatters.Register();
        if (!InteractiveKernelBridge.HasEditor)
            return;
        KernelInterrupt.KeepKernel();
        CellErrors.Watch();
        var output = InteractiveKernelBridge.Display(new LoadBanner(withScripts: true), "text/html", "text/plain");
        await Task.Delay(s_scriptTime).ConfigureAwait(false);
        output?.Update(new LoadBanner(withScripts: false));
    }

    /// <summary>What words mean that notebooks, tables and figures use.</summary>
    /// <param name="words">The words; none for all.</param>
    /// <exception cref="FormatException">A word is not in the glossary.</exception>
    public static View Glossary(params string[] words) =>
        new View().AddTable(GlossaryTable.Create(words.Length == 0 ? GlossaryTerms.All : GlossaryTerms.Find(words)));

    /// <summary>The machine that this process runs on.</summary>
    public static MachineFacts Machine() => LiveDataException.IsRefused ? throw new LiveDataException() : MachineReader.Read();

    /// <summary>The machine that a run was measured on.</summary>
    public static MachineFacts Machine(Run run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return run.Manifest.Machine;
    }
}
