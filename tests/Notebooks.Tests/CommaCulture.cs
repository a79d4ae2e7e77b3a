using System.Globalization;

namespace MemoryWall.Notebooks.Tests;

/// <summary>A culture with a decimal comma and a foreign minus, as kernels may run under; the tests' own runtime knows no real
/// one.</summary>
internal static class CommaCulture
{
    public static T Run<T>(Func<T> work)
    {
        var before = CultureInfo.CurrentCulture;
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        comma.NumberFormat.NumberDecimalSeparator = ",";
        comma.NumberFormat.NumberGroupSeparator = ".";
        comma.NumberFormat.NegativeSign = "−";
        CultureInfo.CurrentCulture = comma;
        try
        {
            return work();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
