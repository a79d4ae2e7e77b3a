using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Machine;
using MemoryWall.Notebooks.DotNetInteractive;
using MemoryWall.Notebooks.Figures;

namespace MemoryWall.Notebooks;

/// <summary>The entry point for the load cell of a notebook, and the machine.</summary>
public static class Notebook
{
    /// <summary>
    /// Registers the formatters for runs, trials, verdicts, forecasts, tables and figures with the kernel, and writes plotly.js into the
    /// document. It does nothing outside a notebook.
    /// </summary>
    public static void Open()
    {
        Formatters.Register();
        InteractiveKernelBridge.Display(new LoadBanner(), "text/html", "text/plain");
    }

    /// <summary>The machine that this process runs on.</summary>
    public static MachineFacts Machine() => MachineReader.Read();

    /// <summary>The machine that a run was measured on.</summary>
    public static MachineFacts Machine(Run run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return run.Manifest.Machine;
    }
}
