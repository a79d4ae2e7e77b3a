using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace MemoryWall.Dashboard.Launching;

/// <summary>Asks a started command to stop as Ctrl-C does: the trial in flight is stored as cancelled, and the run stays
/// readable.</summary>
internal interface IRunStopper
{
    /// <summary>Prepares a command that may be stopped later.</summary>
    void Prepare(ProcessStartInfo start);

    /// <summary>Asks it to stop.</summary>
    /// <exception cref="IOException">The command does not listen any more.</exception>
    void Stop(Process process);
}

/// <summary>How commands are stopped on this system.</summary>
internal static class RunStopper
{
    /// <summary>A signal, or where the system has none a word on standard input.</summary>
    public static IRunStopper ForThisSystem => OperatingSystem.IsWindows() ? new InputStopper() : new SignalStopper();
}

/// <summary>Sends the signal of Ctrl-C.</summary>
internal sealed partial class SignalStopper : IRunStopper
{
    private const int Interrupt = 2;

    public void Prepare(ProcessStartInfo start)
    {
    }

    public void Stop(Process process) => _ = SendSignal(process.Id, Interrupt);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}

/// <summary>Writes a word to the command's standard input, which the command reads where its environment asks it to.</summary>
internal sealed class InputStopper : IRunStopper
{
    /// <summary>The environment variable that lets <c>memwall</c> read its standard input for <see cref="Word"/>.</summary>
    public const string Variable = "MEMWALL_STOP_BY_INPUT";

    /// <summary>The line that stops the command.</summary>
    public const string Word = "stop";

    public void Prepare(ProcessStartInfo start) => start.Environment[Variable] = 1.ToString(CultureInfo.InvariantCulture);

    public void Stop(Process process)
    {
        process.StandardInput.WriteLine(Word);
        process.StandardInput.Flush();
    }
}
