using System.Collections;
using System.Reflection;
using System.Runtime.InteropServices;

namespace MemoryWall.Notebooks.DotNetInteractive;

/// <summary>
/// Interrupts of the kernel. Jupyter interrupts a cell with SIGINT, on which the host of .NET Interactive ends the process, and every
/// variable with it. Here the signal stops what is being measured, and the kernel stays.
/// </summary>
internal static class KernelInterrupt
{
    private const BindingFlags Private = BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance;
    private const int SigInt = 2;
    private static readonly Lock s_gate = new();
    private static readonly HashSet<CancellationTokenSource> s_measurements = [];
    private static PosixSignalRegistration? s_signal;

    /// <summary>Lets interrupts stop measurements and not the process. Where the host is another one, nothing changes.</summary>
    public static void KeepKernel()
    {
        lock (s_gate)
        {
            if (s_signal is not null || FindHostRegistration() is not { } host)
                return;
            s_signal = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
            host.Dispose();
        }
    }

    /// <summary>Begins a measurement, which an interrupt cancels. The caller disposes the source, and says so with
    /// <see cref="End"/>.</summary>
    public static CancellationTokenSource Begin()
    {
        var source = new CancellationTokenSource();
        lock (s_gate)
            s_measurements.Add(source);
        return source;
    }

    /// <summary>Ends a measurement.</summary>
    public static void End(CancellationTokenSource source)
    {
        lock (s_gate)
            s_measurements.Remove(source);
        source.Dispose();
    }

    private static void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        lock (s_gate)
        {
            foreach (var source in s_measurements)
                source.Cancel();
        }
    }

    // The host keeps its registration in a private field. It is reached through the list of all registrations.
    private static PosixSignalRegistration? FindHostRegistration()
    {
        if (typeof(PosixSignalRegistration).GetField("s_registrations", Private)?.GetValue(null) is not IDictionary all
            || all[SigInt] is not IEnumerable registrations)
            return null;
        var host = registrations.Cast<object>()
            .Select(token => (token.GetType().GetProperty("Handler", Private)?.GetValue(token) as Delegate)?.Target)
            .FirstOrDefault(target => target?.GetType().FullName == "Microsoft.Extensions.Hosting.Internal.ConsoleLifetime");
        return host?.GetType().GetField("_sigIntRegistration", Private)?.GetValue(host) as PosixSignalRegistration;
    }
}
