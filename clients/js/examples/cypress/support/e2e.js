import "tempsms-client/cypress/commands";
