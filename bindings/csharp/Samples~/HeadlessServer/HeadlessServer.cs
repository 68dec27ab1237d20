using System;
using System.Threading.Tasks;
using Banter;
using UnityEngine;

namespace Banter.Samples
{
    /// <summary>A dedicated server that is a user itself. Its ticket comes from the environment, where whoever
    /// runs the server puts it; it is good for long, and no secret is in the build.</summary>
    public sealed class HeadlessServer : MonoBehaviour
    {
        const string UserVariable = "GAME_CHAT_USER";
        const string TicketVariable = "GAME_CHAT_TICKET";

        [SerializeField] int framesPerSecond = 30;

        async void Start()
        {
            Application.targetFrameRate = framesPerSecond; // without a screen nothing else slows the loop down
            BanterClient.Default.KickedOffline += kick => End(1, "kicked: " + kick.Reason);
            BanterClient.Default.UserSigExpired += () => End(1, "the ticket has run out");
            try
            {
                await RunAsync(Environment.GetEnvironmentVariable(UserVariable), Environment.GetEnvironmentVariable(TicketVariable));
                Debug.Log("the chat is up");
            }
            catch (Exception e)
            {
                End(1, e.Message);
            }
        }

        static async Task RunAsync(string user, string ticket)
        {
            if (string.IsNullOrEmpty(user) || string.IsNullOrEmpty(ticket))
            {
                throw new InvalidOperationException("set " + UserVariable + " and " + TicketVariable);
            }
            await BanterClient.Default.InitAsync(BanterSettings.Load());
            await BanterClient.Default.LoginAsync(user, ticket);
        }

        static void End(int code, string why)
        {
            Debug.LogError(why);
            Application.Quit(code); // the client ends with the program
        }
    }
}
